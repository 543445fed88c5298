#!/usr/bin/env bash
# Brings the sources that the RP2040 firmware and the MicroPython modules are built from, as Debian 13 packages them:
# pico-sdk 2.1.1, TinyUSB 0.18 and MicroPython 1.25. It asks the Debian mirror that this machine's apt is set up with;
# nothing is installed.
#   usage: tools/fetch_sources.sh [DIR]      (default: ~/.cache/vox-embed/src)
# Leaves DIR/pico-sdk, DIR/tinyusb and DIR/micropython. Safe to run again: what is there is kept. With PICO_SDK_PATH set,
# pico-sdk and TinyUSB are taken from there and not fetched; with MPY_DIR set, MicroPython is not.
set -euo pipefail
dir=${1:-$HOME/.cache/vox-embed/src}
fail() { echo "fetch_sources: $*" >&2; exit 1; }

want=()
if [[ -n ${PICO_SDK_PATH:-} ]]; then
  [[ -f $PICO_SDK_PATH/pico_sdk_init.cmake ]] || fail "PICO_SDK_PATH=$PICO_SDK_PATH is no pico-sdk"
else
  [[ -f $dir/pico-sdk/pico_sdk_init.cmake ]] || want+=(pico-sdk)
  [[ -d $dir/tinyusb/src ]] || want+=(tinyusb)
fi
[[ -n ${MPY_DIR:-} || -f $dir/micropython/py/dynruntime.mk ]] || want+=(micropython)
[[ ${#want[@]} -gt 0 ]] || { echo "sources are in place"; exit 0; }

command -v apt-get > /dev/null || fail "no apt here: clone pico-sdk with its submodules and set PICO_SDK_PATH; clone MicroPython and set MPY_DIR"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null |
  sed -nE 's#^URIs: *([^ ]*/debian)/?( .*)?$#\1#p; s#^deb (\[[^]]*\] )?([^ ]*/debian)/? .*#\2#p' | sed -n 1p || true)
[[ -n $mirror ]] || fail "apt on this machine names no Debian mirror; set PICO_SDK_PATH and MPY_DIR instead"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -f $keyring ]] || fail "$keyring is missing: apt-get install debian-archive-keyring"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$dir" "$tmp/lists/partial" "$tmp/cache/archives/partial"
for kind in deb deb-src; do echo "$kind [signed-by=$keyring] $mirror trixie main"; done > "$tmp/sources.list"
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$tmp/sources.list" -o Dir::Etc::sourceparts=-
  -o "Dir::State::Lists=$tmp/lists" -o "Dir::Cache=$tmp/cache" -o "APT::Sandbox::User=$(id -un)")
"${apt[@]}" update
cd "$tmp"
for source in "${want[@]}"; do
  if [[ $source == micropython ]]; then
    "${apt[@]}" source --download-only micropython
    mkdir unpacked-micropython
    tar -xf micropython_*.orig.tar.* -C unpacked-micropython --strip-components=1
  else
    "${apt[@]}" download "$source-source"
    dpkg -x "$source"-source_*.deb "root-$source"
    mv "root-$source/usr/src/$source" "unpacked-$source"
  fi
  rm -rf "${dir:?}/$source"
  mv "unpacked-$source" "$dir/$source" # in place only when it is whole
done
echo "sources are in $dir: ${want[*]}"
