"""The page of `monitor --web`: lines come to every reader, to pages of this computer alone."""

from __future__ import annotations

import http.client
import json
import re
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pytest
import soundfile

from helpers.live_lines import lines_of_page
from helpers.tiny_model import tiny_model
from helpers.typed import typed
from vox_embed.device.live_page import PAGE, LivePage
from vox_embed.experiment.errors import VoxError

HELLO = {"board": "b", "model": "</script>", "labels": ["<b>", "no"]}


def ask(page: LivePage, path: str, host: str | None = None) -> http.client.HTTPResponse:
    place = urlparse(page.address)
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=20)
    connection.request("GET", path, headers={"Host": host or place.netloc})
    return connection.getresponse()


def test_lines_come_in_order_and_end() -> None:
    page = LivePage(HELLO)
    answer = ask(page, "/events")
    assert answer.getheader("Content-Type") == "text/event-stream"
    assert json.loads(answer.readline()[6:]) == {"type": "hello", **HELLO}
    for number in range(3):
        page.write(json.dumps({"type": "result", "number": number}) + "\n")
    page.close()
    said = [json.loads(line[6:]) for line in answer.read().splitlines() if line.startswith(b"data: ")]
    assert [one.get("number") for one in said] == [0, 1, 2, None]
    assert said[-1] == {"type": "ended"}


def test_what_is_served_and_to_whom() -> None:
    with LivePage(HELLO) as page:
        answer = ask(page, "/")
        assert answer.read() == PAGE.read_bytes()
        assert "default-src 'none'" in (answer.getheader("Content-Security-Policy") or "")
        assert ask(page, "/", host="evil.example:80").status == 403
        assert ask(page, "/events", host="evil.example").status == 403
        assert ask(page, "/../monitor.py").status == 404
        port = urlparse(page.address).port or 0
        with pytest.raises(VoxError, match=str(port)):
            LivePage(HELLO, port)


def test_a_slow_reader_loses_the_oldest_lines() -> None:
    with LivePage(HELLO) as page:
        lines = page.reader()
        for number in range(3000):
            page.write(str(number))
        assert lines.get() != "hello"
        assert lines.qsize() < 2000


def test_the_page_fetches_nothing_and_shows_text_as_text() -> None:
    text = PAGE.read_text()
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert "innerHTML" not in text


def test_monitor_says_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "m.vxm").write_bytes(tiny_model("dense"))
    soundfile.write(tmp_path / "x.wav", np.zeros(4000, np.int16), 8000)
    done = typed(
        *("monitor", tmp_path / "m.vxm", "--target", "native", "--wav", tmp_path / "x.wav", "--web"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"open http://127\.0\.0\.1:\d+/ in a browser", done.stdout)


def test_the_page_gets_features_and_latency_and_the_log_no_features(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    samples = (rng.normal(0, 3000, 6000)).astype(np.int16)
    lines = lines_of_page(tiny_model("dense"), samples, tmp_path / "log.jsonl")
    kinds = [line["type"] for line in lines]
    assert (kinds[0], kinds[-1]) == ("hello", "ended")
    frames = [line["frame"] for line in lines if line["type"] == "features"]
    assert frames == list(range(len(frames)))
    assert len(frames) > 30
    assert all(line["latency_ms"] >= 0 for line in lines if line["type"] == "result")
    logged = [json.loads(line)["type"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert logged == [kind for kind in kinds[1:-1] if kind != "features"]
    assert "result" in logged
