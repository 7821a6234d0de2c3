#!/usr/bin/env bash
# check.sh BUILD_DIR VERSION CMAKE_ARG...: installs a build, then builds and runs programs that find it there.
set -euo pipefail
build=$1 version=$2
shift 2
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT

cmake --install "$build" --prefix "$dir/prefix"
cmake -S "$here" -B "$dir/build" -G Ninja "-DCMAKE_PREFIX_PATH=$dir/prefix" "$@"
cmake --build "$dir/build"
printed=$("$dir/build/consumer")
if [[ $printed != "$version" ]]; then
  printf 'the headers say version %s, the build says %s\n' "$printed" "$version" >&2
  exit 1
fi
"$dir/build/store_test" --gtest_brief=1
