#!/usr/bin/env bash
# The documents as a site (mkdocs.yml): build/site. Beside docs/ it has pages that are made here: C API, command line, a live demo.
# Brings mkdocs-material (extra `docs`) into a folder of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
place=build/site-tools
if [[ ! -x $place/bin/mkdocs ]]; then
  python3 -m venv "$place"
  "$place/bin/pip" install -q "$(grep -o 'mkdocs-material[^"]*' pyproject.toml | head -1)"
fi
pages=build/site-pages
rm -rf "$pages"
cp -r docs "$pages"
cp README.md "$pages/tour.md"
cp CONTRIBUTING.md "$pages/contributing.md"
cp CHANGELOG.md "$pages/changelog.md"
for card in models/*/README.md; do cp "$card" "$pages/model-$(basename "$(dirname "$card")").md"; done
# Links between them: on the site all pages lie in one folder. What leads elsewhere then ends the build.
sed -Ei 's#\]\((\.\./)*docs/#](#g; s#\]\((\.\./)*CHANGELOG\.md#](changelog.md#g; s#\]\((\.\./)*CONTRIBUTING\.md#](contributing.md#g
  s#\]\(\.\./README\.md#](tour.md#g; s#\]\(\.\./models/([^/)]*)/README\.md#](model-\1.md#g
  s#\]\(\.\./firmware/vox/include/vox/[^)]*\)#](c-api.md)#g' "$pages"/*.md
.venv/bin/python tools/c_api.py "$pages/c-api.md"
.venv/bin/python tools/cli_page.py "$pages/cli.md"
.venv/bin/vox-embed export models/digits --target web --out "$pages/demo" > /dev/null
NO_MKDOCS_2_WARNING=1 "$place/bin/mkdocs" build -q --strict
echo "build/site/index.html"
