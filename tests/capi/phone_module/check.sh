#!/bin/sh
# check.sh CASE PROGRAM LIBRARY MODULE: how the library finds its module, and what happens without it.
set -eu
case=$1 program=$2 library=$3 module=$4
name=${module##*/}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

expect() {  # PATTERN COMMAND...
  pattern=$1
  shift
  said=$("$@")
  # shellcheck disable=SC2254
  case $said in
    $pattern) ;;
    *)
      echo "it says: $said" >&2
      exit 1
      ;;
  esac
}

case $case in
  found_through_a_link)
    ln -s "$library" "$dir/libringfence.so.1"
    expect +8613912343672 "$program" "$dir/libringfence.so.1"
    ;;
  found_from_another_folder)
    cp "$library" "$module" "$dir"
    cd "$dir"
    expect +8613912343672 "$program" "./${library##*/}"
    ;;
  not_searched_for)
    mkdir "$dir/alone" "$dir/elsewhere"
    cp "$library" "$dir/alone"
    cp "$module" "$dir/elsewhere"
    expect "39: *$dir/alone/$name*" env LD_LIBRARY_PATH="$dir/elsewhere" "$program" "$dir/alone/${library##*/}"
    ;;
  missing_is_an_error)
    cp "$library" "$dir"
    expect "39: *$name*No such file*" "$program" "$dir/${library##*/}"
    ;;
  *)
    echo "there is no case $case" >&2
    exit 2
    ;;
esac
