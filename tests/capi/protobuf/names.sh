#!/bin/sh
# names.sh NM LIBPROTOBUF OUT: every name of a protobuf, as one more name of the function that ends the process.
set -eu
"$1" -D --defined-only "$2" | sed 's/@.*//' |
  awk '$3 ~ /google8protobuf/ && $3 !~ /^_ZN6google8protobuf11MessageLite14ParseFromArrayEPKvi$/ {
    print ".globl " $3 "\n.set " $3 ", not_this_protobuf" }' >"$3"
if [ "$(wc -l <"$3")" -lt 1000 ]; then
  echo "$2: that is no protobuf" >&2
  exit 1
fi
