#!/usr/bin/env bash
# python.sh LIBRARY ROOT: Python, protobuf's extension in C++ shown to all, and ringfence.
set -euo pipefail
export RINGFENCE_LIBRARY=$1 RINGFENCE_INCLUDE=$2/capi/include PYTHONPATH=$2/bindings/python/src
export PYTHONDONTWRITEBYTECODE=1 PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=cpp
for python in "${PYTHON-}" python3 /usr/bin/python3; do
  if [[ -n $python ]] && "$python" -c 'import cffi, google.protobuf.message' 2>/dev/null; then break; fi
  python=
done
if [[ -z $python ]]; then
  printf 'no python3 here has cffi and protobuf; PYTHON names another one\n' >&2
  exit 1
fi
exec "$python" - <<'PYTHON'
import os
import sys

usual = sys.getdlopenflags()
sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)
from google.protobuf import struct_pb2
from google.protobuf.internal import api_implementation

sys.setdlopenflags(usual)
import ringfence

assert api_implementation.Type() == "cpp", api_implementation.Type()
for _ in range(3):
    message = struct_pb2.Struct()
    message["to"] = "Ann"
    message["list"] = list(range(100))
    assert struct_pb2.Struct.FromString(message.SerializeToString()) == message
    assert ringfence.parse_phone("139 1234 3672", "CN").text == "+8613912343672"
PYTHON
