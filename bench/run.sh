#!/usr/bin/env bash
# The figures in README and docs/benchmarks.md, in one go (about 20 minutes).
#   VOX_DATA    folder with fsdd/, commands/, wakewords/ and negatives/ (without it: only what needs no recordings)
#   VOX_MODELS  folder with kws_ref_model.tflite and micro_speech_quantized.tflite
set -uo pipefail
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
step() { printf '\n== %s\n' "$*"; }

step "front end: instructions a frame on emulated cores"
python bench/frontend/count.py --cores m0plus m3 m4 m7 m33 m55 rv32
step "library: flash and static RAM of what a product links"
python bench/size/count.py
step "front end: host speed, one thread, beside librosa"
mapfile -t files < <(find "${VOX_DATA:-/nonexistent}/commands" -name '*.flac' 2> /dev/null | LC_ALL=C sort | awk 'NR % 10 == 0')
python bench/frontend/host_speed.py "${files[@]}"
step "single operators: instructions a MAC"
python bench/nn/operators.py
if [[ -n ${VOX_MODELS:-} ]]; then
  for model in kws_ref_model micro_speech_quantized; do
    step "$model: instructions an inference, image, arena"
    python bench/nn/count.py "$VOX_MODELS/$model.tflite" --cores m0plus m3 m4 m7 m33 m55 rv32
  done
else
  echo "VOX_MODELS is not set: the networks of MLPerf Tiny and micro_speech are left out"
fi
if [[ -n ${VOX_DATA:-} ]]; then
  step "front end: error against float64 on recordings"
  python bench/frontend/error.py
  for experiment in digits commands; do
    step "models/$experiment: train and evaluate"
    vox-embed train "models/$experiment/exp.yaml"
  done
  step "models/synth_commands: trained on synthetic voices alone, tested on real ones"
  vox-embed synth --words "yes,no,up,down,left,right" --per-word 1000 --unknown 1800 --silence 800 --voices 500 \
    --seed 1 --split --out build/synth_commands
  vox-embed train models/synth_commands/exp.yaml
  step "models/digits: all test clips through the emulated Cortex-M4"
  vox-embed verify models/digits --target qemu-m4
  step "detectors: real people and hours of other speech, openWakeWord beside them"
  python bench/field/run.py
else
  echo "VOX_DATA is not set: trained models are left out"
fi
