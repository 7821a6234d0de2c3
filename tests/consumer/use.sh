#!/usr/bin/env bash
# use.sh PREFIX LIBDIR VERSION [CMAKE_ARG...]: builds and runs programs that find ringfence in a prefix, with CMake and with
# pkg-config. CXX is the compiler; CXXFLAGS go to everything.
set -euo pipefail
prefix=$1 libdir=$1/$2 version=$3
shift 3
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT

# The C compiler that belongs to the C++ compiler.
cc=${CXX##*/}
cc=${cc/clang++/clang}
cc=${cc/g++/gcc}
cc=${cc/#c++/cc}
case $CXX in */*) cc=${CXX%/*}/$cc ;; esac
read -ra flags <<<"${CXXFLAGS-}"
strict=(-Wall -Wextra -Wpedantic -Werror)

fail() {
  printf 'consumer: %s\n' "$1" >&2
  exit 1
}

# prints_version NAME PROGRAM [ARG...]
prints_version() {
  local name=$1 printed
  shift
  printed=$("$@")
  [[ $printed == "$version" ]] || fail "$name prints '$printed', not '$version'"
  printf '%s works\n' "$name"
}

# A host needs a folder with nothing in it.
fresh() { mktemp -d -p "$dir"; }

with_cmake() {  # FOLDER CMAKE_ARG...
  local name=$1
  shift
  cmake -S "$here/$name" -B "$dir/$name" -G Ninja "-DCMAKE_PREFIX_PATH=$prefix" "-DCMAKE_C_COMPILER=$cc" \
    "-DCMAKE_CXX_COMPILER=$CXX" "-DCMAKE_C_FLAGS=${CXXFLAGS-}" "-DCMAKE_CXX_FLAGS=${CXXFLAGS-}" "$@"
  cmake --build "$dir/$name"
}

# pkg NAME...: what pkg-config says, of this prefix and of what the system has.
pkg() { PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config "$@"; }

# from_prefix LIBRARY PROGRAM: the program found that very copy.
from_prefix() {
  local uses
  uses=$(ldd "$2")
  [[ $uses == *"=> $libdir/$1 "* ]] || fail "$2 does not use $1 of $libdir"
}

with_cmake cpp "$@"
prints_version 'C++, find_package' "$dir/cpp/consumer"
"$dir/cpp/store_test" --gtest_brief=1

with_cmake c "$@"
from_prefix libringfence.so.1 "$dir/c/service"
prints_version 'C, find_package' "$dir/c/service" "$(fresh)"
"$dir/c/contract"

with_cmake c_static "$@"
prints_version 'C, find_package, static' "$dir/c_static/service" "$(fresh)"

with_cmake refused "$@"

for package in ringfence ringfence-static ringfence-testing ringfence-cpp; do
  [[ $(pkg --modversion "$package") == "$version" ]] || fail "pkg-config has no $package $version"
done
for package in ringfence ringfence-static ringfence-cpp; do
  [[ -f $(pkg --variable=sendersdir "$package")/kannel.json ]] || fail "$package does not tell where descriptions of gateways are"
done

# What pkg-config prints are words, as a Makefile takes them.
compile() {  # COMPILER LANGUAGE_STANDARD SOURCE PROGRAM PACKAGE
  local -a cflags libs
  read -ra cflags <<<"$(pkg --cflags "$5")"
  read -ra libs <<<"$(pkg --libs "$5")"
  "$1" "-std=$2" "${strict[@]}" "${flags[@]}" "${cflags[@]}" "$3" -o "$4" "${libs[@]}" "-Wl,-rpath,$libdir"
}

compile "$cc" c99 "$here/service.c" "$dir/shared" ringfence
from_prefix libringfence.so.1 "$dir/shared"
prints_version 'C, pkg-config' "$dir/shared" "$(fresh)"

compile "$cc" c99 "$here/service.c" "$dir/static" ringfence-static
[[ $(ldd "$dir/static") != *libringfence* ]] || fail 'ringfence-static gives a shared library'
prints_version 'C, pkg-config, static' "$dir/static" "$(fresh)"

compile "$cc" c99 "$here/contract.c" "$dir/contract" ringfence-testing
from_prefix libringfence_testing.so.1 "$dir/contract"
from_prefix libringfence.so.1 "$dir/contract"
"$dir/contract"

compile "$CXX" c++20 "$here/cpp/main.cc" "$dir/cplusplus" ringfence-cpp
prints_version 'C++, pkg-config' "$dir/cplusplus"
