#!/usr/bin/env bash
# run_in_empty_dir.sh COMMAND...: runs it in a new directory, which is removed afterwards.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT
cd -- "$dir"
"$@"
