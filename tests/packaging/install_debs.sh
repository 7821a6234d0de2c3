#!/usr/bin/env bash
# install_debs.sh FOLDER VERSION CONSUMERS: installs Debian's packages on this system as if it were another one, builds and runs
# a program with them, and removes them. What is written goes to a layer in memory that is forgotten. Needs root.
set -euo pipefail
folder=$1 version=$2 consumers=$3

if [[ ${INSIDE-} != yes ]]; then
  exec env INSIDE=yes unshare --mount --propagation private "$0" "$@"
fi
base=$(mktemp -d)
mount -t tmpfs tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/system"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/system"
mount --rbind /dev "$base/system/dev"
mount -t proc proc "$base/system/proc"
mkdir -p "$base/system/run/ringfence"
cp -- "$folder"/*.deb "$base/system/run/ringfence/"
cp -r -- "$consumers" "$base/system/run/ringfence/consumer"

chroot "$base/system" bash -euo pipefail -s - "$version" <<'SYSTEM'
  cd /run/ringfence
  export DEBIAN_FRONTEND=noninteractive
  dpkg -i ./*.deb
  ldconfig -p | grep libringfence.so.1
  read -ra words <<<"$(pkg-config --cflags --libs ringfence-cpp)"
  c++ -std=c++20 consumer/cpp/main.cc -o cplusplus "${words[@]}"
  [[ $(./cplusplus) == "$1" ]]
  read -ra words <<<"$(pkg-config --cflags --libs ringfence)"
  cc -std=c99 consumer/service.c -o service "${words[@]}"
  [[ $(./service "$(mktemp -d)") == "$1" ]]
  # Debian's tools find out by themselves what a program needs.
  mkdir -p debian
  printf 'Source: consumer\n\nPackage: consumer\nArchitecture: any\n' >debian/control
  dpkg-shlibdeps -O ./service | tee needs
  grep -F "libringfence1 (>= $1)" needs
  dpkg --purge libringfence-dev libringfence1
  left=$(find /usr/lib /usr/include /usr/share -name '*ringfence*')
  [[ -z $left ]] || { printf 'left behind: %s\n' "$left"; exit 1; }
  [[ $(ldconfig -p) != *libringfence* ]]
SYSTEM
