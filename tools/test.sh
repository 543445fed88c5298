#!/usr/bin/env bash
# All that must hold: formatters, linters, types; then the test suite on two processes.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/lint.sh
exec .venv/bin/python -m pytest -q -n "${VOX_TEST_PROCESSES:-2}" --dist loadgroup --durations=15 "$@"
