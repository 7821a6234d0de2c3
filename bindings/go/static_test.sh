#!/usr/bin/env bash
# static_test.sh: builds a program that has ringfence in itself, looks whether it needs libringfence.so, and runs it.
# PKG_CONFIG_PATH says where ringfence-static.pc is, unless pkg-config knows; GO which go to use.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT
program=$dir/static

CGO_ENABLED=1 "${GO:-go}" build -tags ringfence_static -o "$program" ./examples/static

needed=$(readelf --dynamic "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')
loaded=$(ldd "$program")
if grep -q '^libringfence' <<<"$needed" || grep -q 'libringfence' <<<"$loaded"; then
  echo "it needs libringfence.so after all:" >&2
  printf '%s\n' "$needed" >&2
  exit 1
fi
said=$(cd -- "$dir" && env -u LD_LIBRARY_PATH "$program")
echo "$said"
[[ $said == *"login true"* ]] || { echo "it did not change the phone" >&2; exit 1; }
echo "1 passed, 0 failed"
