#!/usr/bin/env python3
"""The papers of a wheel that auditwheel has repaired: the bill of materials, the notices, the licence.

    wheel_papers.py add --version V --licence LICENSE WHEEL LIBRARY...   writes them into the wheel
    wheel_papers.py check WHEEL                                          whether they name all that it carries and needs

The libraries are those that went into the wheel, as they were built: the system still knows whose what they need is.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import tempfile
import zipfile
from pathlib import Path

import bill_of_materials
from check_bill_of_materials import libraries_in, shape_problems

BILL = "sboms/ringfence.spdx.json"
NOTICES = "licenses/THIRD-PARTY-NOTICES.txt"
LICENCE = "licenses/LICENSE"


def original_name(carried):
    """libsodium-703b3f76.so.23.3.0 was libsodium.so.23.3.0: auditwheel puts a hash before the first point."""
    return re.sub(r"-[0-9a-f]{8}(?=\.)", "", carried, count=1)


def carried_in(names):
    """The files that auditwheel has brought in."""
    return [Path(name).name for name in names if re.match(r"[^/]+\.libs/[^/]+$", name)]


def dist_info(names):
    return next(name.split("/")[0] for name in names if re.match(r"[^/]+\.dist-info/METADATA$", name))


def carried_packages(parts, carried):
    """Which parts they come from; notes it in the parts. Every file must come from one."""
    packages = set()
    left = {original_name(name): name for name in carried}
    for part in parts:
        for path in part.libraries.values():
            name = left.pop(os.path.basename(os.path.realpath(path)), None)
            if name:
                part.carried_as.append(name)
                packages.add(part.package)
    if left:
        raise SystemExit(f"wheel_papers: nothing is known of {', '.join(sorted(left))}")
    return packages


def with_licences(metadata, files):
    """METADATA names the files of licences, before the empty line that ends its head."""
    head, mark, body = metadata.partition("\n\n")
    for file in files:
        line = f"License-File: {file}"
        if line not in head.split("\n"):
            head += "\n" + line
    return head + mark + body


def record(files, folder):
    """RECORD: each file with its hash and size, itself with neither."""
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{folder}/RECORD,,"]) + "\n"


def add(wheel, version, licence, libraries):
    with zipfile.ZipFile(wheel) as archive:
        infos = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        files = {name: archive.read(name) for name in infos}
    folder = dist_info(files)
    parts = bill_of_materials.parts_of(libraries, recursive=True)
    packages = carried_packages(parts, carried_in(files))
    with tempfile.TemporaryDirectory() as papers:
        bill_of_materials.write(papers, parts, version, packages)
        files[f"{folder}/{BILL}"] = (Path(papers) / "ringfence.spdx.json").read_bytes()
        files[f"{folder}/{NOTICES}"] = (Path(papers) / "THIRD-PARTY-NOTICES.txt").read_bytes()
    files[f"{folder}/{LICENCE}"] = Path(licence).read_bytes()
    metadata = files[f"{folder}/METADATA"].decode()
    files[f"{folder}/METADATA"] = with_licences(
        metadata, ["LICENSE", "THIRD-PARTY-NOTICES.txt"]).encode()
    del files[f"{folder}/RECORD"]
    files[f"{folder}/RECORD"] = record(files, folder).encode()

    some = infos[f"{folder}/METADATA"]
    new = f"{wheel}.new"
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, some.date_time)
            info.external_attr = infos.get(name, some).external_attr
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    os.replace(new, wheel)


def problems_of(wheel):
    """What the papers do not say of a wheel. Given to the system: what is neither carried nor in the wheel."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        names = archive.namelist()
        inside = dist_info(names)
        missing = [paper for paper in (BILL, NOTICES, LICENCE) if f"{inside}/{paper}" not in names]
        if missing:
            return [f"there is no {paper}" for paper in missing]
        bill = json.loads(archive.read(f"{inside}/{BILL}"))
        archive.extractall(folder)
        files = [Path(folder) / name for name in names if ".so" in Path(name).name]
        needed = {need for file in files for need in bill_of_materials.needed_by(file)}
    problems = shape_problems(bill)
    said = {name for package in bill.get("packages", [])
            for listed in re.findall(r"Carried as: ([^;]+)", package.get("comment", "")) for name in listed.split()}
    carried = set(carried_in(names))
    problems += [f"{name} is carried and not named" for name in sorted(carried - said)]
    problems += [f"{name} is named and not carried" for name in sorted(said - carried)]
    ours = {file.name for file in files} | libraries_in(bill)
    # A carried file may be asked for by a shorter name than its own.
    problems += [f"{name} is needed and not named" for name in sorted(needed - ours)]
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add")
    adding.add_argument("--version", required=True, help="of ringfence")
    adding.add_argument("--licence", required=True, help="the file of ringfence's own")
    adding.add_argument("wheel")
    adding.add_argument("libraries", nargs="+")
    checking = commands.add_parser("check")
    checking.add_argument("wheel")
    arguments = parser.parse_args()
    if arguments.command == "add":
        add(arguments.wheel, arguments.version, arguments.licence, arguments.libraries)
        return
    problems = problems_of(arguments.wheel)
    for problem in problems:
        print(f"{arguments.wheel}: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
