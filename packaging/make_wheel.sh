#!/usr/bin/env bash
# make_wheel.sh SOURCE BUILD_DIR PYTHON VERSION DIST: the Python package with the library, and all that it needs, inside. The
# library is taken from a build tree that is there; the tools go into an environment of their own.
set -euo pipefail
source=$1 build=$2 python=$3 version=$4 dist=$5
tools=$build/tools made=$build/wheel
pip=("$tools/bin/python" -m pip --disable-pip-version-check)

rm -rf -- "$made"
# What scikit-build-core knows of an environment that is gone would make it configure, and so compile, all anew.
rm -f -- "$build/.skbuild-info.json"
built=$(sha256sum -- "$build"/capi/libringfence*.so.1)
"$python" -m venv --clear "$tools"
"${pip[@]}" install --require-hashes --no-deps -r "$source/packaging/build-requirements.txt"
"${pip[@]}" wheel --no-deps --no-build-isolation --check-build-dependencies --config-settings="build-dir=$build" \
  --wheel-dir "$made" "$source/bindings/python"
[[ $(sha256sum -- "$build"/capi/libringfence*.so.1) == "$built" ]] || { printf 'the wheel has other libraries\n' >&2; exit 1; }
PATH=$tools/bin:$PATH auditwheel repair --wheel-dir "$made/repaired" "$made"/*.whl
"$tools/bin/python" -B "$source/packaging/wheel_papers.py" add --version "$version" --licence "$source/LICENSE" \
  "$made"/repaired/*.whl "$build"/capi/libringfence*.so.1
cp -- "$made"/repaired/*.whl "$dist/"
