#!/usr/bin/env bash
# Brings the sources that the RP2040 firmware, the MicroPython modules and the check of signed models are built from:
# pico-sdk 2.1.1, TinyUSB 0.18, MicroPython 1.25 and Mbed TLS 3.6 (its SHA-512) as Debian 13 packages them, and Monocypher
# 4.0.3 out of a package of PyPI, whose hash is kept here. It asks the Debian mirror and the Python index that this machine
# is set up with; nothing is installed.
#   usage: tools/fetch_sources.sh [DIR [NAME]]      (default: ~/.cache/vox-embed/src, all of them)
# Leaves DIR/pico-sdk, DIR/tinyusb, DIR/micropython, DIR/mbedtls and DIR/monocypher. Safe to run again: what is there is
# kept. What is set is taken from elsewhere and not fetched: PICO_SDK_PATH (with TinyUSB), MPY_DIR, MBEDTLS_PATH,
# MONOCYPHER_PATH (the folder of monocypher.c).
set -euo pipefail
dir=${1:-$HOME/.cache/vox-embed/src}
only=${2:-}
wanted() { [[ -z $only || $only == "$1" ]]; }
monocypher_sha256=5e56e3d3eb770a53e0b9f6274146663c11a11f3d0de5cd48e3be0428d1b07a4a
fail() { echo "fetch_sources: $*" >&2; exit 1; }

want=()
if [[ -n ${PICO_SDK_PATH:-} ]]; then
  [[ -f $PICO_SDK_PATH/pico_sdk_init.cmake ]] || fail "PICO_SDK_PATH=$PICO_SDK_PATH is no pico-sdk"
elif wanted pico-sdk; then
  [[ -f $dir/pico-sdk/pico_sdk_init.cmake ]] || want+=(pico-sdk)
  [[ -d $dir/tinyusb/src ]] || want+=(tinyusb)
fi
! wanted micropython || [[ -n ${MPY_DIR:-} || -f $dir/micropython/py/dynruntime.mk ]] || want+=(micropython)
! wanted mbedtls || [[ -n ${MBEDTLS_PATH:-} || -f $dir/mbedtls/library/sha512.c ]] || want+=(mbedtls)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if wanted monocypher && [[ -z ${MONOCYPHER_PATH:-} && ! -f $dir/monocypher/monocypher.c ]]; then
  python=.venv/bin/python
  [[ -x $python ]] || python=python3
  echo "pymonocypher==4.0.3.4 --hash=sha256:$monocypher_sha256" > "$tmp/requirements.txt"
  "$python" -m pip download -q --no-deps --no-binary pymonocypher --require-hashes -r "$tmp/requirements.txt" -d "$tmp" ||
    fail "Monocypher could not be fetched: clone it and set MONOCYPHER_PATH to its src folder"
  mkdir -p "$tmp/monocypher" "$dir"
  tar -xf "$tmp"/pymonocypher-*.tar.gz -C "$tmp/monocypher" --strip-components=1 --wildcards '*/monocypher.[ch]' '*/LICENSE.txt'
  rm -rf "${dir:?}/monocypher"
  mv "$tmp/monocypher" "$dir/monocypher"
fi
[[ ${#want[@]} -gt 0 ]] || { echo "sources are in place"; exit 0; }

command -v apt-get > /dev/null || fail "no apt here: clone pico-sdk with its submodules and set PICO_SDK_PATH; clone MicroPython and set MPY_DIR, Mbed TLS and MBEDTLS_PATH"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null |
  sed -nE 's#^URIs: *([^ ]*/debian)/?( .*)?$#\1#p; s#^deb (\[[^]]*\] )?([^ ]*/debian)/? .*#\2#p' | sed -n 1p || true)
[[ -n $mirror ]] || fail "apt on this machine names no Debian mirror; set PICO_SDK_PATH, MPY_DIR and MBEDTLS_PATH instead"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -f $keyring ]] || fail "$keyring is missing: apt-get install debian-archive-keyring"

mkdir -p "$dir" "$tmp/lists/partial" "$tmp/cache/archives/partial"
for kind in deb deb-src; do echo "$kind [signed-by=$keyring] $mirror trixie main"; done > "$tmp/sources.list"
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$tmp/sources.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State::Lists=$tmp/lists" -o "Dir::Cache=$tmp/cache" -o "APT::Sandbox::User=$(id -un)")
"${apt[@]}" update
cd "$tmp"
for source in "${want[@]}"; do
  if [[ $source == micropython || $source == mbedtls ]]; then
    "${apt[@]}" source --download-only "$source"
    mkdir "unpacked-$source"
    parts=()
    [[ $source != mbedtls ]] || parts=(--wildcards '*/include/*' '*/library/*' '*/LICENSE') # a tenth of it
    tar -xf "$source"_*.orig.tar.* -C "unpacked-$source" --strip-components=1 "${parts[@]}"
  else
    "${apt[@]}" download "$source-source"
    dpkg -x "$source"-source_*.deb "root-$source"
    mv "root-$source/usr/src/$source" "unpacked-$source"
  fi
  rm -rf "${dir:?}/$source"
  mv "unpacked-$source" "$dir/$source" # in place only when it is whole
done
echo "sources are in $dir: ${want[*]}"
