#!/usr/bin/env bash
# use_as_a_part.sh SOURCE DIR VERSION: builds ringfence as a part of another project, C interface and all, and runs that.
set -euo pipefail
source=$1 dir=$2 version=$3
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)

# Quick to compile: what it does is tested elsewhere.
cmake -S "$here/embedded" -B "$dir" -G Ninja "-DCMAKE_CXX_COMPILER=$CXX" -DCMAKE_BUILD_TYPE=Debug \
  "-DCMAKE_CXX_FLAGS_DEBUG=-O0 -g0" "-DRINGFENCE_SOURCE=$source" -DHOW=FetchContent -DRINGFENCE_C=ON -DWANTED=C
cmake --build "$dir" --parallel "$(nproc)" --target consumer service service_static
[[ $("$dir/consumer") == "$version" ]]
for program in service service_static; do
  folder=$(mktemp -d -p "$dir")
  [[ $("$dir/$program" "$folder") == "$version" ]]
done
printf 'FetchContent works\n'
