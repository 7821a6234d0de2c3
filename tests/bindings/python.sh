#!/usr/bin/env bash
# python.sh LIBRARY_DIR [PYTEST_ARG...]: runs the tests of the Python package against the libraries there.
set -euo pipefail
libraries=$1
shift
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)

# Whichever python3 comes first on the path need not have what the tests import.
for python in "${PYTHON-}" python3 /usr/bin/python3; do
  if [[ -n $python ]] && "$python" -c 'import cffi, django, mypy, psycopg2, pytest' 2>/dev/null; then break; fi
  python=
done
if [[ -z $python ]]; then
  printf 'no python3 here has cffi, pytest, mypy, Django and psycopg2; PYTHON names another one\n' >&2
  exit 1
fi

export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$root/bindings/python/src
export RINGFENCE_LIBRARY=$libraries/libringfence.so.1 RINGFENCE_INCLUDE=$root/capi/include
export RINGFENCE_SENDERS=$root/share/senders
export RINGFENCE_TESTING_LIBRARY=$libraries/libringfence_testing.so.1
cd -- "$root/bindings/python"
exec "$python" -m pytest -q -p no:cacheprovider "$@" tests
