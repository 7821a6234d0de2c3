#!/usr/bin/env python3
"""Whether a bill of materials is a document of SPDX 2.3 that names all that the given libraries need.

    check_bill_of_materials.py ringfence.spdx.json LIBRARY...
"""

import json
import re
import sys
from pathlib import Path

from bill_of_materials import needed_by

RELATIONSHIPS = {"DESCRIBES", "DYNAMIC_LINK", "STATIC_LINK", "DEPENDS_ON", "CONTAINS"}


def shape_problems(bill):
    """What is wrong with the document by itself."""
    problems = []

    def expect(holds, what):
        if not holds:
            problems.append(what)

    expect(bill.get("spdxVersion") == "SPDX-2.3", "spdxVersion is not SPDX-2.3")
    expect(bill.get("dataLicense") == "CC0-1.0", "dataLicense is not CC0-1.0")
    expect(bill.get("SPDXID") == "SPDXRef-DOCUMENT", "the document's SPDXID is not SPDXRef-DOCUMENT")
    expect(bill.get("name"), "the document has no name")
    expect(re.fullmatch(r"[a-z]+:[^#\s]+", bill.get("documentNamespace", "")), "documentNamespace is no URI without #")
    info = bill.get("creationInfo", {})
    expect(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", info.get("created", "")), "created is no time in UTC")
    expect(info.get("creators"), "there are no creators")

    ids = ["SPDXRef-DOCUMENT"]
    for package in bill.get("packages", []):
        name = package.get("name", "?")
        ids.append(package.get("SPDXID", ""))
        expect(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", ids[-1]), f"{name} has no SPDXID")
        for member in "name", "versionInfo", "downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText":
            expect(package.get(member), f"{name} has no {member}")
        expect(package.get("filesAnalyzed") is False, f"{name} says that its files were analyzed")
    expect(len(ids) == len(set(ids)), "two have one SPDXID")

    related = set()
    for one in bill.get("relationships", []):
        for end in "spdxElementId", "relatedSpdxElement":
            expect(one.get(end) in ids, f"a relationship names {one.get(end)}, which is not there")
        expect(one.get("relationshipType") in RELATIONSHIPS, f"{one.get('relationshipType')} is no relationship of ours")
        related.add(one.get("relatedSpdxElement"))
    for one in ids[1:]:
        expect(one in related, f"nothing is related to {one}")
    return problems


def libraries_in(bill):
    """The names of all shared libraries that the document names."""
    names = set()
    for package in bill.get("packages", []):
        for listed in re.findall(r"Shared libraries: ([^;]+)", package.get("comment", "")):
            names.update(listed.split())
    return names


def unnamed(bill, libraries):
    """What the libraries need and the document does not name. They may need each other."""
    ours = {Path(library).name.split(".so")[0] for library in libraries}
    needed = {name for library in libraries for name in needed_by(library)}
    return sorted(name for name in needed - libraries_in(bill) if name.split(".so")[0] not in ours)


def problems_of(bill, libraries):
    return shape_problems(bill) + [f"{name} is needed and not named" for name in unnamed(bill, libraries)]


def main():
    path, *libraries = sys.argv[1:]
    problems = problems_of(json.loads(Path(path).read_text(encoding="utf-8")), libraries)
    for problem in problems:
        print(f"{path}: {problem}", file=sys.stderr)
    sys.exit(1 if problems or not libraries else 0)


if __name__ == "__main__":
    main()
