#!/usr/bin/env bash
# Public headers include the standard library, Boost.Outcome and one another; those under ringfence/testing/ also
# GoogleTest.
#   check_includes.sh INCLUDE_DIR               lists every other #include and fails
#   check_includes.sh --self-check INCLUDE_DIR  fails unless a forbidden #include, planted in a copy, is found
set -euo pipefail

standard='algorithm any array atomic barrier bit bitset cassert ccomplex cctype cerrno cfenv cfloat charconv chrono
cinttypes climits clocale cmath codecvt compare complex concepts condition_variable coroutine csetjmp csignal cstdarg
cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception execution filesystem format
forward_list fstream functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list
locale map memory memory_resource mutex new numbers numeric optional ostream queue random ranges ratio regex
scoped_allocator semaphore set shared_mutex source_location span sstream stack stdexcept stop_token streambuf string
string_view strstream syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map unordered_set
utility valarray variant vector version'

allowed() {  # FILE HEADER
  case $2 in
    ringfence/* | boost/outcome/*) return 0 ;;
    gtest/* | gmock/*) [[ $1 == ringfence/testing/* ]] ;;
    *) [[ " ${standard//$'\n'/ } " == *" $2 "* ]] ;;
  esac
}

check() {  # INCLUDE_DIR
  local line file number text header found=0 bad=0
  while IFS= read -r line; do
    found=1
    IFS=: read -r file number text <<<"$line"
    header=
    if [[ $text =~ include[[:space:]]*[\<\"]([^\>\"]+)[\>\"] ]]; then header=${BASH_REMATCH[1]}; fi
    if ! allowed "$file" "$header"; then
      printf '%s:%s: %s: not for a public header\n' "$file" "$number" "$text" >&2
      bad=1
    fi
  done < <(cd -- "$1" && grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.h' ringfence)
  if ((!found)); then
    printf 'no #include found under %s\n' "$1" >&2
    return 1
  fi
  return "$bad"
}

if [[ ${1-} == --self-check ]]; then
  copy=$(mktemp -d)
  trap 'rm -rf -- "$copy"' EXIT
  for planted in '<sqlite3.h>' '<stdint.h>' '"boost/regex.hpp"' '<gtest/gtest.h>' 'SOME_MACRO'; do
    rm -rf -- "$copy/ringfence"
    cp -R -- "$2/ringfence" "$copy/"
    printf ' # include %s\n' "$planted" >"$copy/ringfence/planted.h"
    if output=$(check "$copy" 2>&1) || [[ $output != *"planted.h:1:"* ]]; then
      printf 'a planted #include %s was not found\n' "$planted" >&2
      exit 1
    fi
  done
else
  check "$1"
fi
