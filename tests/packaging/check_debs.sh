#!/usr/bin/env bash
# check_debs.sh FOLDER VERSION: whether Debian's packages there are what Debian's tools expect, as far as this can be said
# without installing them: their papers, what they depend on, what is where.
set -euo pipefail
cd -- "$1"
version=$2
architecture=$(dpkg --print-architecture)
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
runtime=libringfence1_${version}_$architecture.deb
dev=libringfence-dev_${version}_$architecture.deb
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT

problems=0
expect() {  # WHAT COMMAND...
  local what=$1
  shift
  "$@" >/dev/null 2>&1 || { printf 'debs: %s\n' "$what" >&2; problems=$((problems + 1)); }
}
expect_not() { expect "$1" not "${@:2}"; }
not() { if "$@"; then return 1; fi; }

all_of_root() { [[ $(awk "{ print \$2 }" "$1" | sort -u) == root/root ]]; }
only_usr() { [[ $(ls -A -- "$1") == usr ]]; }
sums_hold() { (cd -- "$1" && md5sum --quiet -c "$2/md5sums"); }
has_symbols() { [[ $(readelf --sections --wide "$1") == *.symtab* ]]; }
is_bound_at_start() { [[ $(readelf --dynamic --wide "$1") == *NOW* ]]; }

field() { dpkg-deb -f "$1" "$2"; }

for package in runtime dev; do
  dpkg-deb -e "${!package}" "$dir/$package.control"
  dpkg-deb -x "${!package}" "$dir/$package"
  dpkg-deb -c "${!package}" >"$dir/$package.list"
  name=$(field "${!package}" Package)
  for wanted in Version Architecture Maintainer Section Priority Description Depends Installed-Size; do
    expect "$name has no $wanted" test -n "$(field "${!package}" $wanted)"
  done
  expect "$name has another version" test "$(field "${!package}" Version)" = "$version"
  expect "$name has no copyright" test -s "$dir/$package/usr/share/doc/$name/copyright"
  expect "$name has no changelog" gzip -t "$dir/$package/usr/share/doc/$name/changelog.gz"
  expect "$name is not all root's" all_of_root "$dir/$package.list"
  expect_not "$name has what others may write" grep -E '^[^l].{4}w|^[^l].{7}w' "$dir/$package.list"
  expect "$name has something outside of /usr" only_usr "$dir/$package"
  expect "$name has wrong sums" sums_hold "$dir/$package" "$dir/$package.control"
done

depends=$(field "$runtime" Depends)
for library in libc6 libstdc++6 libcurl4 libphonenumber8 libpq5 libsodium23 libsqlite3-0 libidn2-0 libunistring2; do
  # The names carry versions, which differ from one release of Debian to another.
  expect "the library does not depend on $library" grep -q "${library%%[0-9]*}" <<<"$depends"
done
expect_not 'the library depends on something to build with' grep -e '-dev' <<<"$depends"
expect 'programs do not know which package the library is in' grep -qx "libringfence 1 libringfence1 (>= $version)" \
  "$dir/runtime.control/shlibs"
expect 'ldconfig is not called' grep -rqs ldconfig "$dir/runtime.control/postinst" "$dir/runtime.control/triggers"
for library in libringfence.so.1 "libringfence_phone-$version.so.1"; do
  expect "$library is not there" test -f "$dir/runtime/usr/lib/$multiarch/$library"
  expect_not "$library is not stripped" has_symbols "$dir/runtime/usr/lib/$multiarch/$library"
  expect "$library is not hardened" is_bound_at_start "$dir/runtime/usr/lib/$multiarch/$library"
done
expect 'the library has no bill of materials' test -s "$dir/runtime/usr/share/doc/libringfence1/ringfence.spdx.json"
expect 'the library has no notices' test -s "$dir/runtime/usr/share/doc/libringfence1/THIRD-PARTY-NOTICES.txt"
# Two binary interfaces must be installable at once: each file is named by it.
expect_not 'the library has a file that another version of it would have too' \
  grep -vE '/$|ringfence[.]so[.]1|ringfence_phone-[0-9.]*[.]so[.]1|/libringfence1/' "$dir/runtime.list"
expect 'the development files do not want just this library' grep -qF "libringfence1 (= $version)" \
  <<<"$(field "$dev" Depends)"
expect 'there is no libringfence.so to link' test -L "$dir/dev/usr/lib/$multiarch/libringfence.so"
both=$(comm -12 <(grep -v '/$' "$dir/runtime.list" | awk '{print $6}' | sort) <(grep -v '/$' "$dir/dev.list" | awk '{print $6}' | sort))
expect "both have $both" test -z "$both"

((problems == 0)) || exit 1
printf 'depends: %s\n' "$depends"
