#!/bin/sh
# check_exports.sh LIBRARY SONAME HEADER: a shared library shows the functions of its header and nothing else.
# check_exports.sh --self-check LIBRARY SONAME HEADER: the check finds a function too many and one too few.
set -eu

self_check=false
if [ "$1" = --self-check ]; then
  self_check=true
  shift
fi
library=$1 soname=$2 header=$3

# The declarations of a header: from RINGFENCE_API to the first parenthesis, which may be on the next line.
functions_of() {
  tr '\n' ' ' <"$1" | sed 's/RINGFENCE_API/\n&/g' |
    sed -n 's/^RINGFENCE_API [^;(]*[ *]\(ringfence_[a-z0-9_]*\)(.*/\1/p' | LC_ALL=C sort -u
}
# All that it shows, but for the names of versions, which are absolute.
shown_by() { nm -D --defined-only "$1" | sed 's/@.*//' | awk '$2 != "A" { print $3 }' | LC_ALL=C sort -u; }

check() {  # LIBRARY HEADER
  functions_of "$2" >"$tmp/declared"
  shown_by "$1" >"$tmp/shown"
  if [ "$(wc -l <"$tmp/declared")" -lt 3 ]; then
    echo "$2: no functions were found in it" >&2
    return 1
  fi
  diff "$tmp/declared" "$tmp/shown" >"$tmp/difference" || {
    echo "what $2 declares (<) is not what $1 shows (>):" >&2
    cat "$tmp/difference" >&2
    return 1
  }
  if grep -q '^_Z' "$tmp/shown"; then
    echo "$1 shows symbols of C++" >&2
    return 1
  fi
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

if $self_check; then
  grep -v 'RINGFENCE_API.*ringfence_[a-z_]*(void)' "$header" >"$tmp/less.h"
  cmp -s "$header" "$tmp/less.h" && { echo "nothing was taken out of $header" >&2; exit 1; }
  { cat "$header"; echo 'RINGFENCE_API int32_t ringfence_not_there(void);'; } >"$tmp/more.h"
  for wrong in less more; do
    if check "$library" "$tmp/$wrong.h" 2>/dev/null; then
      echo "a header with one function $wrong passes" >&2
      exit 1
    fi
  done
  exit 0
fi

check "$library" "$header"
found=$(readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p')
if [ "$found" != "$soname" ]; then
  echo "$library is called $found, not $soname" >&2
  exit 1
fi
