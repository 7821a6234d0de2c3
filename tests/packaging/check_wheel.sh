#!/usr/bin/env bash
# check_wheel.sh WHEEL VERSION PYTHON SOURCE: installs the wheel into a fresh environment, in a folder far from the source, and runs
# the package's own tests there. Its papers are checked, and the check is checked.
set -euo pipefail
wheel=$1 version=$2 python=$3 source=$4
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT
unset PYTHONPATH PYTHONHOME LD_LIBRARY_PATH RINGFENCE_LIBRARY RINGFENCE_TESTING_LIBRARY RINGFENCE_INCLUDE RINGFENCE_SENDERS

papers() { "$python" -B "$source/packaging/wheel_papers.py" check "$1"; }
papers "$wheel"
# A library that nobody has named must be noticed.
cp -- "$wheel" "$dir/${wheel##*/}"
"$python" - "$dir/${wheel##*/}" <<'PYTHON'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "a") as archive:
    carried = next(name for name in archive.namelist() if name.startswith("ringfence.libs/lib"))
    archive.writestr("ringfence.libs/libstranger-01234567.so.1", archive.read(carried))
PYTHON
if papers "$dir/${wheel##*/}" 2>"$dir/noticed"; then printf 'wheel: a stranger is not noticed\n' >&2; exit 1; fi
grep -q 'libstranger-01234567.so.1 is carried and not named' "$dir/noticed"

"$python" -m venv "$dir/venv"
venv=$dir/venv/bin/python
cd -- "$dir"
"$venv" -m pip install --quiet --disable-pip-version-check -r "$source/packaging/test-requirements.txt"
# What it needs has to be what its metadata say, and nothing of it comes from elsewhere.
"$venv" -m pip install --quiet --disable-pip-version-check --no-index "$wheel"
"$venv" -m pip check

"$venv" - "$version" <<'PYTHON'
import sys
from importlib import metadata, resources
import cffi

home = resources.files("ringfence") / "_lib"
assert str(home).startswith(sys.prefix), home
ffi = cffi.FFI()
ffi.cdef("const char* ringfence_version(void); size_t ringfence_testing_store_contract_lines(void);")
library = ffi.dlopen(str(home / "libringfence.so.1"))
testing = ffi.dlopen(str(home / "libringfence_testing.so.1"))
assert ffi.string(library.ringfence_version()).decode() == sys.argv[1] == metadata.version("ringfence")
assert testing.ringfence_testing_store_contract_lines() > 0

# Whatever is mapped comes from the wheel or is the system's own: one copy of the library, none of Debian's others.
loaded = {line.split()[-1] for line in open("/proc/self/maps") if ".so" in line and "/" in line}
ours = [path for path in loaded if "libringfence.so" in path]
assert len(ours) == 1, ours
for name in "libcurl", "libsodium", "libsqlite3", "libpq", "libphonenumber", "libprotobuf", "libboost_regex":
    paths = [path for path in loaded if f"/{name}" in path]
    assert len(paths) == 1 and paths[0].startswith(sys.prefix), (name, paths)
PYTHON

# The package's own tests, of what is installed: the sources whose types they check are the installed ones, too.
installed=$("$venv" -c 'import ringfence, sys; assert ringfence.__file__.startswith(sys.prefix); print(ringfence.__path__[0])')
mkdir -p -- "$dir/copy/bindings" "$dir/copy/docs" "$dir/copy/tests/readme" "$dir/copy/tests/smtp"
cp -- "$source/docs/delivery.md" "$dir/copy/docs/"
cp -- "$source/tests/readme/with_gateways.py" "$dir/copy/tests/readme/"
cp -- "$source/tests/smtp/mail_server.py" "$dir/copy/tests/smtp/"
cp -r -- "$source/tests/vectors" "$dir/copy/tests/vectors" # what every language must do alike
cp -r -- "$source/bindings/python" "$dir/copy/bindings/python"
cd -- "$dir/copy/bindings/python"
rm -rf -- src
mkdir -- src
cp -r -- "$installed" src/ringfence
"$venv" -m pytest -q -p no:cacheprovider tests
