"""The web export in node and in a headless Chromium: the host's values, bit for bit; the microphone."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

import vox_embed
from vox_embed.core import Model, run_clip
from vox_embed.export import ExportModel, export_model, find_target
from vox_embed.export.templates import FOLDER

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
QUIET = "--headless --no-sandbox --disable-gpu --disable-background-networking --hide-scrollbars"

Clip = NDArray[np.int16]


@pytest.fixture(scope="module")
def example() -> Iterator[Path]:
    folder = vox_embed.example()
    yield folder
    shutil.rmtree(folder.parent)


@pytest.fixture(scope="module")
def page(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web") / "page"
    export_model(find_target("web"), ExportModel.read(example / "model.vxm", "<b>words</b>"), folder)
    return folder / "index.html"


@pytest.fixture(scope="module")
def clips(example: Path) -> list[Clip]:
    """A hundred of the example's, some of them repeated so that they bring events to an end."""
    paths = sorted((example / "clips").glob("*.flac"))[::3] + sorted((example / "clips").glob("s*.flac"))
    sounds = [soundfile.read(path, dtype="int16")[0] for path in paths[:100]]
    quiet = np.zeros(12000, np.int16)
    return [np.concatenate([s, s, quiet, s]) if i % 3 == 0 else s for i, s in enumerate(sounds)]


def _of_host(model: Model, clip: Clip) -> dict[str, Any]:
    run = run_clip(model, clip)
    heard = run.heard
    return {
        "frames": heard.window_frames.tolist(),
        "posteriors": heard.posteriors.tolist(),
        "labels": heard.verdict_labels.tolist(),
        "scores": heard.verdict_scores.tolist(),
        "gated": heard.gated.tolist(),
        "events": [list(event) for event in heard.events],
        "verdict": [run.label, run.score, run.scores.tolist()],
    }


SCRIPT = """
function everything(classified) {
  const windows = classified.heard.filter((item) => item.result);
  return {
    frames: windows.map((w) => w.frames), posteriors: windows.map((w) => w.posteriors),
    labels: windows.map((w) => w.label), scores: windows.map((w) => w.score),
    gated: windows.map((w) => w.gated),
    events: classified.heard.flatMap((item) => item.events.map((e) => [e.frame, e.label, e.score, e.kind])),
    verdict: [classified.verdict.label, classified.verdict.score, classified.verdict.scores],
  };
}
"""


def _in_node(model: bytes, clips: list[Clip], folder: Path) -> list[dict[str, Any]]:
    (folder / "model.vxm").write_bytes(model)
    for i, clip in enumerate(clips):
        (folder / f"{i}.raw").write_bytes(clip.astype("<i2").tobytes())
    code = f"""
{(FOLDER / "web" / "vox.js").read_text()}
{SCRIPT}
const fs = require("fs");
const wasm = fs.readFileSync({json.dumps(str(FOLDER / "web" / "vox.wasm"))});
const vox = new Vox(wasm, fs.readFileSync("model.vxm"));
const all = [];
for (let i = 0; i < {len(clips)}; ++i) {{
  const samples = new Int16Array(new Uint8Array(fs.readFileSync(`${{i}}.raw`)).buffer);
  vox.reset();
  all.push(everything({{ heard: [...vox.push(samples), ...vox.finish()], verdict: vox.clip() }}));
}}
console.log(JSON.stringify(all));
"""
    (folder / "run.cjs").write_text(code)
    done = subprocess.run([str(NODE), "run.cjs"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("name", ["digits", "emodb", "commands_stream", "digits_stream"])
def test_models_in_webassembly(name: str, tmp_path: Path) -> None:
    data = (ROOT / "models" / name / "model.vxm").read_bytes()
    model = Model(data)
    rng = np.random.default_rng(5)
    clips = [(rng.normal(0, level, 4 * model.sample_rate)).astype(np.int16) for level in (3, 300, 9000)]
    assert _in_node(data, clips, tmp_path) == [_of_host(model, clip) for clip in clips]


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_a_damaged_model_is_refused(example: Path, tmp_path: Path) -> None:
    data = bytearray((example / "model.vxm").read_bytes())
    data[100] ^= 1
    with pytest.raises(AssertionError, match="the model does not open: vox_status"):
        _in_node(bytes(data), [], tmp_path)


def _browse(page: Path, script: str, *options: str) -> Any:
    """What `run()` of the script gives once the page is ready: it is served, and the page posts it back."""
    end = """
const post = (value) => fetch("/result", { method: "POST", body: JSON.stringify(value) });
ready.then(run).then(post, (error) => post(String(error)));
"""
    text = page.read_text().replace("</body>", f"<script>{SCRIPT}{script}{end}</script></body>").encode()
    results: queue.SimpleQueue[Any] = queue.SimpleQueue()

    class Serve(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(text)

        def do_POST(self) -> None:
            results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        command = [str(CHROMIUM), *QUIET.split(), f"--user-data-dir={page.parent / 'profile'}", *options]
        browser = subprocess.Popen(
            [*command, "--remote-debugging-port=0", address],
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


@needs_browser
def test_a_hundred_clips_in_chromium(page: Path, clips: list[Clip], example: Path) -> None:
    sounds = [base64.b64encode(clip.astype("<i2").tobytes()).decode() for clip in clips]
    script = f"""
const sounds = {json.dumps(sounds)};
const samplesIn = (text) => new Int16Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
async function run() {{ return sounds.map((text) => everything(classify(samplesIn(text)))); }}
"""
    model = Model((example / "model.vxm").read_bytes())
    assert len(clips) == 100
    expected = [_of_host(model, clip) for clip in clips]
    assert sum(len(one["events"]) for one in expected) > 50
    assert _browse(page, script) == expected


@needs_browser
def test_files_and_what_is_no_sound(page: Path, example: Path, tmp_path: Path) -> None:
    samples, rate = soundfile.read(example / "clips" / "stop-080.flac", dtype="int16")
    soundfile.write(tmp_path / "plain.wav", samples, rate)
    soundfile.write(tmp_path / "stereo.wav", np.stack([samples, samples], 1).repeat(2, 0), 2 * rate)
    files = {path.name: base64.b64encode(path.read_bytes()).decode() for path in tmp_path.glob("*.wav")}
    files["text.wav"] = base64.b64encode(b"no sound").decode()
    script = f"""
const files = {json.dumps(files)};
async function run() {{
  const said = {{}};
  for (const [name, text] of Object.entries(files)) {{
    await open(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
    said[name] = document.getElementById("status").textContent;
  }}
  return said;
}}
"""
    said = _browse(page, script)
    assert "stop with" in said["plain.wav"]
    assert "stop with" in said["stereo.wav"]
    assert "cannot decode it" in said["text.wav"]


@needs_browser
def test_microphone(page: Path, example: Path, tmp_path: Path) -> None:
    """Chromium's false microphone plays a clip over and over, at 48 kHz, to the audio thread."""
    samples, rate = soundfile.read(example / "clips" / "stop-080.flac", dtype="int16")
    sound = np.concatenate([samples, np.zeros(rate, np.int16)])
    soundfile.write(tmp_path / "stop.wav", soxr.resample(sound, rate, 48000), 48000, subtype="PCM_16")
    script = """
async function run() {
  await listen();
  for (let i = 0; i < 600 && document.getElementById("events").rows.length === 0; ++i) {
    await new Promise((done) => setTimeout(done, 100));
  }
  stop();
  return [document.getElementById("events").innerText, view.peaks.length > 10];
}
"""
    options = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    options += [f"--use-file-for-fake-audio-capture={tmp_path / 'stop.wav'}"]
    options += ["--autoplay-policy=no-user-gesture-required"]
    events, drawn = _browse(page, script, *options)
    assert "stop" in events
    assert drawn


@needs_browser
def test_what_a_browser_lacks_is_said(page: Path) -> None:
    """No AudioWorklet; then no microphone."""
    script = """
const said = async () => { await listen(); return document.getElementById("status").textContent; };
async function run() {
  const kept = window.AudioWorkletNode;
  window.AudioWorkletNode = undefined;
  const first = await said();
  window.AudioWorkletNode = kept;
  return [first, await said()];
}
"""
    without_worklet, without_microphone = _browse(page, script)
    assert without_worklet.startswith("This browser has no AudioWorklet: choose a file")
    assert without_microphone.startswith("No microphone: ")


def test_page_is_small_whole_and_escaped(page: Path, tmp_path: Path) -> None:
    model = ExportModel.read(ROOT / "models" / "digits" / "model.vxm", "digits")
    files = find_target("web").files(model)
    assert sum(len(data) for data in files.values()) < 150_000
    text = files["index.html"].decode()
    assert not re.search(r'(src|href)="(?!data:)', text)  # nothing is fetched
    assert "<b>words" not in page.read_text()


def test_module_is_of_these_sources() -> None:
    """`make web` was not forgotten."""
    paths = [
        path
        for place in ("firmware/vox/src", "firmware/vox/include", "firmware/web")
        for path in (ROOT / place).rglob("*.[ch]")
        if "link" not in path.relative_to(ROOT).parts[:-1]
    ]
    names = sorted(path.relative_to(ROOT).as_posix() for path in paths)
    digest = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in names))
    kept = (FOLDER / "web" / "vox.wasm.sources").read_text().strip()
    assert digest.hexdigest() == kept, "make web"
