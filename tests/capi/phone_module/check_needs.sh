#!/bin/sh
# check_needs.sh MODULE LIBRARY...: the module needs libphonenumber; the libraries do not, nor protobuf.
set -eu
needs() { readelf -dW "$1" | grep '(NEEDED)' | grep -E 'phonenumber|protobuf'; }

needs "$1" >/dev/null || { echo "$1 does not need libphonenumber" >&2; exit 1; }
shift
for library in "$@"; do
  if needs "$library" >&2; then
    echo "$library needs that itself" >&2
    exit 1
  fi
done
