#!/usr/bin/env bash
# All that must hold: formatters, linters, types; then the test suite on two processes.
set -euo pipefail
cd "$(dirname "$0")/.."
# What would be skipped is said first: a long run shall not be found incomplete at its end.
if [[ " $* " == *" --full "* ]]; then
  [[ -d ${VOX_DATA:-} ]] || { echo "test: --full trains the models anew: set VOX_DATA to the recordings" >&2; exit 1; }
  [[ -d ${VOX_MODELS:-} ]] || echo "test: VOX_MODELS is not set: published networks are left out" >&2
fi
tools/lint.sh
exec .venv/bin/python -m pytest -q -n "${VOX_TEST_PROCESSES:-2}" --dist loadgroup --durations=15 "$@"
