"""The live view as a page of this computer: what the log has, and features, as server-sent events."""

from __future__ import annotations

import contextlib
import http.server
import json
import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vox_embed.experiment.errors import VoxError

PAGE = Path(__file__).with_name("live.html")
_HELD = 2000
"""Lines that a slow reader may be behind; older ones are dropped."""
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
    "img-src data:"
)
_NAMES = ("127.0.0.1", "localhost")


class LivePage:
    """Takes lines, which every open page gets. port: 0 for a free one."""

    def __init__(self, hello: Mapping[str, Any], port: int = 0) -> None:
        self._first = json.dumps({"type": "hello", **hello})
        self._readers: list[queue.Queue[str | None]] = []
        self._lock = threading.Lock()
        try:
            self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        except OSError as error:
            raise VoxError(
                f"port {port} of this computer: {error.strerror or error}", "another one: --web-port NUMBER"
            ) from None
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/"
        """To open in a browser of this computer; nobody else reaches it."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def write(self, text: str) -> int:
        """A line."""
        with self._lock:
            for reader in self._readers:
                if reader.full():
                    with contextlib.suppress(queue.Empty):
                        reader.get_nowait()
                reader.put_nowait(text.strip())
        return len(text)

    def flush(self) -> None:
        """A page has every line when it was written."""

    def reader(self) -> queue.Queue[str | None]:
        """A page that was opened: what the device is, then lines, None at the end."""
        lines: queue.Queue[str | None] = queue.Queue(_HELD)
        lines.put_nowait(self._first)
        with self._lock:
            self._readers.append(lines)
        return lines

    def leave(self, lines: queue.Queue[str | None]) -> None:
        """A page that was closed."""
        with self._lock, contextlib.suppress(ValueError):
            self._readers.remove(lines)

    def close(self) -> None:
        """Tell the pages that it is over."""
        self.write(json.dumps({"type": "ended"}))
        with self._lock:
            for reader in self._readers:
                with contextlib.suppress(queue.Full):
                    reader.put_nowait(None)
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> LivePage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _handler(page: LivePage) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """The page, or the stream."""
            if self.headers.get("Host", "").rpartition(":")[0] not in _NAMES:  # a page of elsewhere
                self.send_error(403)
            elif self.path == "/":
                self._page()
            elif self.path == "/events":
                self._events()
            else:
                self.send_error(404)

        def _page(self) -> None:
            body = PAGE.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", _POLICY)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _events(self) -> None:
            lines = page.reader()
            try:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Cache-Control", "no-store")
                self.send_header("Connection", "close")
                self.end_headers()
                while (line := lines.get()) is not None:
                    self.wfile.write(f"data: {line}\n\n".encode())
                    self.wfile.flush()
            except OSError:
                pass  # closed
            finally:
                page.leave(lines)
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
