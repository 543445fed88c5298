#!/usr/bin/env bash
# From nothing to a spoken-command classifier on an emulated Cortex-M4: synthesise, train, evaluate, export, run, listen.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
step() { printf '\n\033[1;36m== %s\033[0m\n' "$*"; }

out=build/demo
mkdir -p "$out"
step "1/6  Synthesise a data set: yes, no, stop, go, unknown words and silence, in many voices"
vox-embed synth --words "yes,no,stop,go" --per-word 400 --unknown 600 --silence 200 --split --out "$out/data" --seed 7
step "2/6  Train (models/demo/exp.yaml)"
vox-embed train models/demo/exp.yaml
step "3/6  Evaluate the integer model, as the chip computes it, beside the float model"
vox-embed evaluate models/demo
step "4/6  Export for an emulated Cortex-M4 and build"
vox-embed export models/demo --target qemu-m4 --out "$out/firmware" --force
step "5/6  Verify: the emulated chip against this computer, bit for bit"
vox-embed verify models/demo --target qemu-m4 --clips 20
step "6/6  Live: test clips played to the emulated chip over its serial port"
vox-embed monitor models/demo --target qemu-m4 --duration 20
printf '\nReport: results/demo/report.html\n'
