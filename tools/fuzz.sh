#!/usr/bin/env bash
# Every fuzzer at length: the C library's, the readers of the host, and broken inputs for every command; a simulated day of the
# device program, and an hour of it on the emulated M4.
# VOX_FUZZ_RUNS: inputs to each fuzzer in C; VOX_FUZZ_EXAMPLES: to each reader; VOX_FUZZ_CASES: commands.
set -euo pipefail
cd "$(dirname "$0")/.."
out=build/fuzz
tests/fuzz/build.sh "$out"
rm -rf "$out/bases"
.venv/bin/python tests/fuzz/bases.py "$out/bases"
runs=${VOX_FUZZ_RUNS:-10000000}
for target in structured:"$runs" structured_msan:"$((runs / 10))" app:"$((runs / 10))"; do
  (cd "$out" && "./${target%:*}" "${VOX_FUZZ_SEED:-1}" "${target#*:}" bases/*.vxm)
done
for target in model:16384 link:2048; do
  name=${target%:*}
  mkdir -p "$out/found-$name"
  "$out/fuzz_$name" -runs="${VOX_FUZZ_RUNS:-10000000}" -max_len="${target#*:}" -timeout=10 -verbosity=0 -print_final_stats=1 \
    "$out/found-$name" "tests/fuzz/corpus/$name"
done
VOX_FUZZ_EXAMPLES=${VOX_FUZZ_EXAMPLES:-20000} .venv/bin/python -m pytest -q -n 0 tests/fuzz/test_host_parsers.py
.venv/bin/python tests/fuzz/hostile_runs.py 0 "${VOX_FUZZ_CASES:-4000}"
.venv/bin/python -m pytest -q -s -n 0 --full tests/soak tests/parity/test_hour.py tests/parity/test_scenario.py
