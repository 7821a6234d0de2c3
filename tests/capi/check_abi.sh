#!/bin/sh
# check_abi.sh HEADER BASELINE CC: what the header promises is what was promised: functions, their arguments, structs, enumerators.
# check_abi.sh --self-check ...: the check finds a function that was removed, one that has another argument, a struct whose members
# changed places, and an enumerator with another value.
# check_abi.sh --write ...: writes the baseline anew, after something was added.
#
# It compares a library that has an empty function for each one of the header: what abidw sees of it depends on the header alone, not on
# the compiler, the flags and the version with which ringfence was built. That the real library has these functions is what
# check_exports.sh tells; that it has them as the header says, the compiler.
set -eu

mode=check
case $1 in --*) mode=${1#--}; shift ;; esac
header=$1 baseline=$2 cc=$3

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

describe() {  # HEADER OUT
  cp "$1" "$tmp/ringfence.h"
  {
    echo '#include "ringfence.h"'
    "$cc" -E -P -std=c99 "$1" | tr '\n' ' ' | sed 's/__attribute__((visibility("default")))/\n&/g' |
      sed -n 's/^__attribute__((visibility("default"))) *\([^;{]*[ *]ringfence_[a-z0-9_]*([^;{]*)\);.*/\1 { for (;;) {} }/p'
  } >"$tmp/empty.c"
  "$cc" -std=c99 -gdwarf-4 -O0 -fPIC -shared -Wl,-soname,libringfence.so.1 -o "$tmp/empty.so" "$tmp/empty.c" -I"$tmp"
  abidw --no-corpus-path --no-comp-dir-path --no-show-locs --short-locs "$tmp/empty.so" >"$2"
  # Enumerators are numbers to a function: abidw does not see them.
  {
    echo '<!--'
    values "$1"
    echo '-->'
  } >>"$2"
}
values() {
  sed 's,/\*.*,,; s/[,{]/&\n/g' "$1" | sed -n 's/.*\(RINGFENCE_[A-Z_0-9]*\) = \([0-9]*\).*/\1 \2/p' | LC_ALL=C sort
}
stored_values() { sed -n '/^<!--$/,/^-->$/{/^RINGFENCE/p}' "$1"; }

differ() {  # BASELINE NOW: tells how
  if ! abidiff --no-corpus-path "$1" "$2" >"$tmp/report" 2>&1; then
    cat "$tmp/report"
    return 0
  fi
  stored_values "$1" >"$tmp/before"
  stored_values "$2" >"$tmp/after"
  ! diff "$tmp/before" "$tmp/after"
}

case $mode in
  write)
    describe "$header" "$baseline"
    ;;
  check)
    describe "$header" "$tmp/now.abi"
    if differ "$baseline" "$tmp/now.abi"; then
      echo "The header is not what $baseline says. If something was added, and nothing else: $0 --write" >&2
      exit 1
    fi
    ;;
  self-check)
    try() {  # WHAT SCRIPT-OF-SED
      sed "$2" "$header" >"$tmp/other.h"
      if cmp -s "$header" "$tmp/other.h"; then
        echo "$1: nothing was changed" >&2
        exit 1
      fi
      describe "$tmp/other.h" "$tmp/other.abi"
      if ! differ "$baseline" "$tmp/other.abi" >/dev/null; then
        echo "$1: passes" >&2
        exit 1
      fi
    }
    try 'a function that was removed' '/^RINGFENCE_API const char\* ringfence_role_name(/d'
    try 'another argument' 's/ringfence_status_name(int32_t status)/ringfence_status_name(int64_t status)/'
    try 'a member that is gone' '/^  int64_t grant_expires_at;/d'
    try 'members that changed places' 's/^  int64_t retry_at; /  char swapped[8]; /'
    try 'another value' 's/RINGFENCE_LIMITED = 17/RINGFENCE_LIMITED = 47/'
    ;;
esac
