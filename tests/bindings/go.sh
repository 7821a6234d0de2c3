#!/usr/bin/env bash
# go.sh BUILD_DIR: installs a build, then vets and tests the Go module against it, with each Go that is here: the oldest one
# that is promised, and another if there is one.
set -euo pipefail
build=$1
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
dir=$(mktemp -d)
trap 'chmod -R u+w -- "$dir"; rm -rf -- "$dir"' EXIT

cmake --install "$build" --prefix "$dir/prefix" >/dev/null
pc=$(find "$dir/prefix" -name ringfence.pc)
export PKG_CONFIG_PATH=${pc%/*} LD_LIBRARY_PATH=${pc%/pkgconfig/*}
export GOFLAGS=-mod=mod GOTOOLCHAIN=local GOCACHE=$dir/cache GOPATH=$dir/path

mapfile -t tools < <(for go in /usr/lib/go-1.19/bin/go "$(command -v go || true)"; do
  if [[ -x $go ]]; then readlink -f -- "$go"; fi
done | sort -u)
if ((${#tools[@]} == 0)); then
  printf 'there is no Go here\n' >&2
  exit 1
fi
cd -- "$root/bindings/go"
for go in "${tools[@]}"; do
  "$go" version
  "$go" vet ./...
  # Every pointer that passes is checked, where that can be asked for without building all of Go anew.
  checked=()
  if [[ $("$go" env GOVERSION) == go1.@(19|20)* ]]; then checked=(env GODEBUG=cgocheck=2); fi
  "${checked[@]}" "$go" test -count=1 ./...
done
"${tools[-1]}" test -race -count=1 ./...
GO=${tools[0]} ./static_test.sh
