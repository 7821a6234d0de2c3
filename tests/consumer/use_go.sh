#!/usr/bin/env bash
# use_go.sh PREFIX LIBDIR VERSION: builds and runs Go programs that find ringfence in a prefix, shared and static. GO is the
# command, else the oldest one of the system, which promises most, else the first on the path.
set -euo pipefail
prefix=$1 libdir=$1/$2 version=$3
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d)
trap 'chmod -R u+w -- "$dir"; rm -rf -- "$dir"' EXIT

oldest=$(compgen -G '/usr/lib/go-*/bin/go' | sort -V | head -n 1 || true)
go=${GO:-${oldest:-go}}
export PKG_CONFIG_PATH=$libdir/pkgconfig CGO_ENABLED=1
# Nothing but what is here: no other module, no other toolchain, no cache of another run.
export GOPROXY=off GOTOOLCHAIN=local GOFLAGS=-mod=mod GOWORK=off GOCACHE=$dir/cache GOPATH=$dir/path
printf '%s, %s\n' "$("$go" version)" "$prefix"

expect() {  # WANTED PROGRAM [ARG...]
  local wanted=$1 printed
  shift
  printed=$("$@")
  [[ $printed == "$wanted" ]] || { printf 'consumer: %s prints %s, not %s\n' "$1" "$printed" "$wanted" >&2; exit 1; }
}

build() {  # FOLDER PROGRAM [ARG...]
  (cd -- "$1" && "$go" build -o "$2" "${@:3}" .)
}

shared() { [[ $(ldd "$1") == *"=> $libdir/libringfence.so.1 "* ]]; }
uses_it() { [[ $(ldd "$1") == *libringfence.so* ]]; }
no() { printf 'consumer: %s\n' "$1" >&2; exit 1; }

cp -r -- "$here/cgo" "$dir/cgo"
build "$dir/cgo" "$dir/cgo-shared" -ldflags "-r $libdir"
shared "$dir/cgo-shared" || no 'cgo does not use the library of the prefix'
expect "$version" "$dir/cgo-shared"
build "$dir/cgo" "$dir/cgo-static" -tags ringfence_static
if uses_it "$dir/cgo-static"; then no 'ringfence_static gives a shared library'; fi
expect "$version" "$dir/cgo-static"

binding=$here/../../bindings/go
if [[ -e $binding/go.mod ]]; then
  cp -r -- "$here/go" "$dir/go"
  cp -r -- "$binding" "$dir/binding"
  (cd -- "$dir/go" && "$go" mod edit -require example.org/ringfence/bindings/go@v0.0.0 \
    -replace "example.org/ringfence/bindings/go=$dir/binding")
  build "$dir/go" "$dir/go-shared" -ldflags "-r $libdir"
  shared "$dir/go-shared" || no 'the module does not use the library of the prefix'
  expect '139****3672' "$dir/go-shared" "$(mktemp -d -p "$dir")"
  build "$dir/go" "$dir/go-static" -tags ringfence_static
  if uses_it "$dir/go-static"; then no 'the module is not linked statically'; fi
  expect '139****3672' "$dir/go-static" "$(mktemp -d -p "$dir")"
fi
printf 'Go works, shared and static\n'
