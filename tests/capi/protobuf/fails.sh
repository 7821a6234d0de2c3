#!/bin/sh
# fails.sh COMMAND...: succeeds if the command does not, by a signal or not.
if "$@" >/dev/null 2>&1; then
  echo "this works: $*" >&2
  exit 1
fi
