#!/usr/bin/env bash
# The documents as a site (mkdocs.yml): build/site. Brings mkdocs-material (extra `docs`) into a folder of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
place=build/site-tools
if [[ ! -x $place/bin/mkdocs ]]; then
  python3 -m venv "$place"
  "$place/bin/pip" install -q "$(grep -o 'mkdocs-material[^"]*' pyproject.toml | head -1)"
fi
NO_MKDOCS_2_WARNING=1 "$place/bin/mkdocs" build -q --strict
echo "build/site/index.html"
