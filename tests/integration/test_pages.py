"""Reports, live view, web export in headless Chromium: nothing serious for axe-core, nor too wide."""

from __future__ import annotations

import http.server
import json
import queue
import re
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import vox_embed
from helpers.live_lines import lines_of_page
from helpers.typed import typed
from vox_embed.device.live_page import PAGE
from vox_embed.export import ExportModel, export_model, find_target

ROOT = Path(__file__).parents[2]
AXE = "axe-core@4.10.3"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = "--headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars"
PHONE, DESKTOP = 390, 1280
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core, as npm brings it."""
    place = ROOT / "build" / "tests" / "axe"
    script = place / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        if shutil.which("npm") is None:
            pytest.skip("npm is not installed")
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(place), AXE]
        place.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"npm cannot bring {AXE}: {done.stderr.strip()[-200:]}")
    return script.read_text()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each page."""
    folder = tmp_path_factory.mktemp("pages")
    example = vox_embed.example()
    try:
        done = typed("train", example / "exp.yaml", cwd=folder)
        assert done.returncode == 0, done.stderr
        (folder / "words.csv").write_text("file,label\nstop-080.flac,stop\nstop-081.flac,stop\n")
        for name in ("stop-080.flac", "stop-081.flac"):
            shutil.copy(example / "clips" / name, folder)
        sounds = [
            soundfile.read(path, dtype="int16")[0] for path in sorted((example / "clips").glob("no*"))[:9]
        ]
        (folder / "talk").mkdir()
        soundfile.write(folder / "talk" / "talk.wav", np.concatenate(sounds), 8000)
        asked = (
            "field",
            example / "model.vxm",
            "--positives",
            "words.csv",
            "--negatives",
            "talk",
            "--jobs",
            "1",
        )
        done = typed(*asked, cwd=folder)
        assert done.returncode == 0, done.stderr
        model = (example / "model.vxm").read_bytes()
        lines = lines_of_page(model, np.concatenate(sounds[:3]), folder / "log.jsonl")
        export_model(find_target("web"), ExportModel.read(example / "model.vxm", "words"), folder / "web")
    finally:
        shutil.rmtree(example.parent)
    (field,) = folder.rglob("field.html")
    assert {"hello", "features", "result", "event"} <= {line["type"] for line in lines}
    return {
        "field": field.read_text(),
        "events": "".join(f"data: {json.dumps(line)}\n\n" for line in lines),
        "report": (folder / "results" / "example" / "report.html").read_text(),
        "monitor": PAGE.read_text(),
        "web": (folder / "web" / "index.html").read_text(),
    }


SCRIPT = """
<script>{axe}</script>
<script>
addEventListener("load", () => setTimeout(async () => {{
  const found = await axe.run(document, {{ resultTypes: ["violations"] }});
  const serious = found.violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  const result = {{
    serious: serious.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.html).join(" | ")),
    checked: found.violations.length + (found.passes || []).length,
    width: document.documentElement.scrollWidth,
    rows: document.querySelectorAll("tr").length,
    requests: performance.getEntriesByType("resource").map((one) => one.name)
      .filter((name) => !/^(data|blob):/.test(name)),
  }};
  fetch("/result", {{ method: "POST", body: JSON.stringify(result) }});
}}, 500));
</script>
"""


def looked_at(
    pages: dict[str, str], name: str, axe: str, width: int, folder: Path, *options: str
) -> dict[str, Any]:
    """What axe says of a page in a frame of this width, and how wide it is. The live page gets its events."""
    text = pages[name]
    text = re.sub(
        r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text
    )  # or nothing could look at it
    page = text.replace("</body>", SCRIPT.format(axe=axe) + "</body>").encode()
    frame = (
        f'<body style="margin:0"><iframe src="/page" width="{width}" height="800" style="border:0"></iframe>'
    )
    results: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()

    class Serve(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/events":
                self._answer(pages["events"].encode(), "text/event-stream")
            else:
                self._answer(page if self.path == "/page" else frame.encode())

        def do_POST(self) -> None:
            results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(b"")

        def _answer(self, body: bytes, kind: str = "text/html; charset=utf-8") -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        command = [str(CHROMIUM), *QUIET.split(), f"--user-data-dir={folder / 'profile'}", *options]
        browser = subprocess.Popen(
            [*command, "--window-size=1400,900", "--remote-debugging-port=0", address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return results.get(timeout=120)
        finally:
            browser.terminate()
            browser.wait(20)
            server.shutdown()


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("name", ["report", "field", "web", "monitor"])
def test_nothing_serious_and_no_scrolling_sideways(
    name: str, width: int, pages: dict[str, str], axe: str, tmp_path: Path
) -> None:
    found = looked_at(pages, name, axe, width, tmp_path)
    assert found["serious"] == []
    assert found["width"] <= width
    asked = [name for name in found["requests"] if not name.endswith(("/events", ".flac", ".wav"))]
    assert asked == []  # one file, at once: nothing is loaded from anywhere, but clips that are played
    assert len(pages[name]) < 500_000
    assert name != "monitor" or found["rows"] > 3  # events were on it


@pytest.mark.parametrize("name", ["report", "field", "web", "monitor"])
def test_dark_colours_are_readable_too(name: str, pages: dict[str, str], axe: str, tmp_path: Path) -> None:
    found = looked_at(pages, name, axe, DESKTOP, tmp_path, "--force-dark-mode")
    assert found["serious"] == []


def test_every_table_s_heads_have_a_scope(pages: dict[str, str]) -> None:
    heads = re.findall(r"<th\b[^>]*>", pages["report"])
    assert len(heads) > 20
    assert not [head for head in heads if "scope=" not in head]


def test_no_path_of_this_computer_is_in_the_report(pages: dict[str, str]) -> None:
    named = re.findall(r'<td class="file">([^<]*)</td>', pages["report"].partition('id="environment"')[0])
    assert named
    assert not [path for path in named if path.startswith("/")]
