#!/usr/bin/env bash
# check.sh BUILD_DIR LIBDIR VERSION [CMAKE_ARG...]: installs a build, moves what was installed, then builds and runs programs
# that find it there. CXX is the compiler; CXXFLAGS go to everything.
set -euo pipefail
build=$1
shift
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT

cmake --install "$build" --prefix "$dir/installed"
mv -- "$dir/installed" "$dir/moved"
if grep -rIlF -e "$dir/installed" -e "$build" "$dir/moved"; then
  printf 'these files name the folder they were installed or built in\n' >&2
  exit 1
fi
"$here/use.sh" "$dir/moved" "$@"
