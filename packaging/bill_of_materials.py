#!/usr/bin/env python3
"""What ringfence is made of: THIRD-PARTY-NOTICES.txt for people, and ringfence.spdx.json (SPDX 2.3) for machines.

    bill_of_materials.py --version V --output FOLDER LIBRARY...

reads from the built libraries what they need to run, asks Debian's package manager whose that is, and adds what is compiled
in. `--recursive` follows the needs of what is needed, for a wheel, which carries it. The same input gives the same files;
SOURCE_DATE_EPOCH is their date. A library that belongs to no package, or to one without a copyright file, is an error:
what is handed out has to be known.
"""

import argparse
import json
import os
import re
import subprocess
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

# The licences of the libraries, by source package: the copyright files speak of the tools and the build besides. What is
# not here is left open, and its text is in the notices all the same.
LICENCES = {
    r"abseil": "Apache-2.0",
    r"boost[0-9.]*": "BSL-1.0",
    r"brotli": "MIT",
    r"curl": "curl",
    r"gcc-[0-9]+": "GPL-3.0-or-later WITH GCC-exception-3.1",
    r"glibc": "LGPL-2.1-or-later",
    r"gmp": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    r"gnutls28": "LGPL-2.1-or-later",
    r"googletest": "BSD-3-Clause",
    r"icu": "Unicode-DFS-2016",
    r"libffi": "MIT",
    r"libidn2": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    r"libphonenumber": "Apache-2.0",
    r"libpsl": "MIT",
    r"libsodium": "ISC",
    r"libssh2": "BSD-3-Clause",
    r"libtasn1-6": "LGPL-2.1-or-later",
    r"libunistring": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    r"nettle": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    r"nghttp2": "MIT",
    r"nlohmann-json3": "MIT",
    r"openldap": "OLDAP-2.8",
    r"openssl": "Apache-2.0",
    r"p11-kit": "BSD-3-Clause",
    r"postgresql-[0-9]+": "PostgreSQL",
    r"protobuf": "BSD-3-Clause",
    r"sqlite3": "blessing",
    r"zlib": "Zlib",
}

# What is compiled in and leaves no trace in the file: (a header of it, what it is used for).
COMPILED_IN = [
    ("boost/outcome.hpp", "Boost.Outcome, headers only"),
    ("nlohmann/json.hpp", "JSON for Modern C++, headers only"),
]
COMPILED_INTO_TESTING = [("gmock/gmock.h", "GoogleTest, linked statically into libringfence_testing")]


@dataclass
class Part:
    """A package that something of ringfence comes from."""

    package: str
    source: str
    version: str
    homepage: str
    relation: str  # of SPDX: DYNAMIC_LINK or STATIC_LINK, or of something needed by a need: DEPENDS_ON
    use: str = ""
    libraries: dict = field(default_factory=dict)  # soname: path
    needs: set = field(default_factory=set)  # packages
    carried_as: list = field(default_factory=list)  # files in a wheel

    @property
    def licence(self):
        for pattern, licence in LICENCES.items():
            if re.fullmatch(pattern, self.source):
                return licence
        return "NOASSERTION"

    @property
    def copyright_file(self):
        return Path("/usr/share/doc") / self.package / "copyright"

    @property
    def spdx_id(self):
        return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]", "-", self.package)


def output_of(*command):
    environment = dict(os.environ, LC_ALL="C")
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment, text=True).stdout


def needed_by(library):
    """The names of the libraries that a library asks the system for."""
    return re.findall(r"\(NEEDED\).*\[(.+)\]", output_of("readelf", "--dynamic", "--wide", str(library)))


def found_at(library):
    """Where the system finds all that a library needs, and what that needs: name to path."""
    lines = output_of("ldd", str(library))
    missing = re.findall(r"^\s*(\S+) => not found", lines, re.MULTILINE)
    if missing:
        raise SystemExit(f"bill_of_materials: {library} needs {', '.join(missing)}, which is not there")
    found = dict(re.findall(r"^\s*(\S+) => (/\S+)", lines, re.MULTILINE))
    for path in re.findall(r"^\s*(/\S+) \(", lines, re.MULTILINE):  # the loader
        found[Path(path).name] = path
    return found


def package_of(path):
    """The Debian package that a file belongs to. /lib and /usr/lib are one place with two names."""
    real = os.path.realpath(path)
    for name in dict.fromkeys([path, real, re.sub("^/usr", "", real), re.sub("^/usr", "", path)]):
        asked = subprocess.run(["dpkg-query", "--search", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if asked.returncode == 0:
            return asked.stdout.splitlines()[0].split(": ")[0].split(",")[0].split(":")[0]
    raise SystemExit(f"bill_of_materials: {path} belongs to no package")


def part(package, relation):
    text = output_of("dpkg-query", "--show", "--showformat",
                     "${source:Package}\n${Version}\n${Homepage}\n", package)
    source, version, homepage = text.split("\n")[:3]
    return Part(package, source, version, homepage, relation)


def header_path(header):
    """Where the compiler finds a header."""
    compiler = os.environ.get("CXX", "c++").split()
    asked = subprocess.run([*compiler, "-x", "c++", "-std=c++20", "-M", "-"], input=f"#include <{header}>\n",
                           check=True, stdout=subprocess.PIPE, text=True).stdout
    for word in asked.replace("\\\n", " ").split():
        if word.endswith("/" + header):
            return word
    raise SystemExit(f"bill_of_materials: the compiler does not find {header}")


def parts_of(libraries, recursive):
    """The packages of all that the libraries need and have compiled in."""
    parts = {}
    ours = {Path(library).name.split(".so")[0] for library in libraries}
    owners = {}  # soname: package
    todo = []
    where = {}
    for library in libraries:
        where.update(found_at(library))
        todo += [(soname, "DYNAMIC_LINK", None) for soname in needed_by(library)]
    while todo:
        soname, relation, by = todo.pop(0)
        if soname.split(".so")[0] in ours:
            continue
        new = soname not in owners
        if new:
            owners[soname] = package_of(where[soname])
        package = owners[soname]
        if package not in parts:
            parts[package] = part(package, relation)
        parts[package].libraries[soname] = where[soname]
        if by and by != package:
            parts[by].needs.add(package)
        if new and recursive:
            todo += [(need, "DEPENDS_ON", package) for need in needed_by(where[soname])]
    compiled_in = list(COMPILED_IN)
    if any("ringfence_testing" in Path(library).name for library in libraries):
        compiled_in += COMPILED_INTO_TESTING
    for header, use in compiled_in:
        package = package_of(header_path(header))
        if package not in parts:
            parts[package] = part(package, "STATIC_LINK")
        parts[package].use = use
    return [parts[name] for name in sorted(parts)]


# ---- SPDX ------------------------------------------------------------------------------------------------------------


def spdx_package(one, architecture):
    purl_version = one.version.replace(":", "%3A").replace("+", "%2B")
    about = []
    if one.libraries:
        about.append("Shared libraries: " + " ".join(sorted(one.libraries)))
    if one.carried_as:
        about.append("Carried as: " + " ".join(sorted(one.carried_as)))
    if one.use:
        about.append(one.use)
    return {
        "SPDXID": one.spdx_id,
        "name": one.package,
        "versionInfo": one.version,
        "sourceInfo": f"built from Debian's source package {one.source}",
        "downloadLocation": "NOASSERTION",
        "homepage": one.homepage or "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": one.licence,
        "copyrightText": "NOASSERTION",
        "supplier": "Organization: Debian",
        "primaryPackagePurpose": "LIBRARY",
        "comment": "; ".join(about),
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{one.package}@{purl_version}?arch={architecture}",
        }],
    }


def spdx(parts, version, carried=()):
    """The bill as a document of SPDX 2.3. `carried`: the packages whose files are in what is handed out."""
    ringfence = "SPDXRef-ringfence"
    architecture = output_of("dpkg", "--print-architecture").strip()

    def related(one, kind, other):
        return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}

    relationships = [related("SPDXRef-DOCUMENT", "DESCRIBES", ringfence)]
    for one in parts:
        if one.relation != "DEPENDS_ON":
            relationships.append(related(ringfence, one.relation, one.spdx_id))
        if one.package in carried:
            relationships.append(related(ringfence, "CONTAINS", one.spdx_id))
        by_name = {other.package: other.spdx_id for other in parts}
        relationships += [related(one.spdx_id, "DEPENDS_ON", by_name[need]) for need in sorted(one.needs)]
    packages = [{
        "SPDXID": ringfence,
        "name": "ringfence",
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "Apache-2.0",
        "licenseDeclared": "Apache-2.0",
        "copyrightText": "NOASSERTION",
        "primaryPackagePurpose": "LIBRARY",
    }] + [spdx_package(one, architecture) for one in parts]
    # Named by its content, so that nothing is said about a place where it could be found.
    name = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps([packages, relationships], sort_keys=True))
    created = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"ringfence-{version}",
        "documentNamespace": f"urn:uuid:{name}",
        "creationInfo": {
            "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", created),
            "creators": ["Tool: bill_of_materials.py of ringfence"],
        },
        "packages": packages,
        "relationships": relationships,
    }


# ---- Notices ---------------------------------------------------------------------------------------------------------


def copyright_text(one):
    try:
        return one.copyright_file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise SystemExit(f"bill_of_materials: {one.package} has no copyright file: {error}") from error


def notices(parts, version, carried=()):
    """Every copyright file once, and every licence that they only refer to."""
    line = "=" * 120
    kinds = {"DYNAMIC_LINK": "linked when it runs", "STATIC_LINK": "compiled in", "DEPENDS_ON": "needed by another of these"}
    out = [f"ringfence {version} is under the Apache License 2.0. It uses the software below, each under its own licence.", ""]
    texts = {}  # text: the packages that have it
    for one in parts:
        how = kinds[one.relation] + (", carried in this file" if one.package in carried else "")
        licence = one.licence if one.licence != "NOASSERTION" else "see below"
        out.append(f"- {one.package} {one.version}: {licence} ({how})")
        texts.setdefault(copyright_text(one), []).append(one.package)
    for text, packages in texts.items():
        out += ["", line, ", ".join(packages), line, "", text]
    # A sentence may end in the name.
    referred = set(re.findall(r"/usr/share/common-licenses/([A-Za-z0-9.+-]*[A-Za-z0-9+])", "\n".join(texts)))
    for name in sorted(referred):
        path = Path("/usr/share/common-licenses") / name
        if path.is_file():
            out += ["", line, f"/usr/share/common-licenses/{name}", line, "",
                    path.read_text(encoding="utf-8", errors="replace").strip("\n")]
    return "\n".join(out) + "\n"


def write(folder, parts, version, carried=()):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "THIRD-PARTY-NOTICES.txt").write_text(notices(parts, version, carried), encoding="utf-8")
    (folder / "ringfence.spdx.json").write_text(
        json.dumps(spdx(parts, version, carried), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--version", required=True, help="of ringfence")
    parser.add_argument("--output", required=True, help="the folder that gets the two files")
    parser.add_argument("--recursive", action="store_true", help="also what is needed by what is needed")
    parser.add_argument("libraries", nargs="+", metavar="LIBRARY")
    arguments = parser.parse_args()
    write(arguments.output, parts_of(arguments.libraries, arguments.recursive), arguments.version)


if __name__ == "__main__":
    main()
