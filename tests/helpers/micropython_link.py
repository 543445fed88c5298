"""lib/vox_link.py on MicroPython's unix port, as `--port` finds it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.micropython import MODULES, UNIX, build

SERVER = """
import select, socket, sys
sys.path.insert(0, FOLDER)
import vox_link

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(socket.getaddrinfo("127.0.0.1", PORT)[0][-1])
server.listen(1)
print("listening")
peer = server.accept()[0]
poll = select.poll()
poll.register(peer, select.POLLIN)


class Stream:
    def read(self, limit):
        if not poll.poll(5):
            return None
        data = peer.recv(limit)
        if not data:
            sys.exit()
        return data

    def write(self, data):
        peer.send(data)


vox_link.serve(Stream(), open(FOLDER + "/model.vxm", "rb").read(), board="unix")
"""


@contextlib.contextmanager
def served(folder: Path, model: bytes) -> Iterator[str]:
    """The address of a MicroPython that serves one conversation, with a model built in."""
    lacking = UNIX.missing()
    if lacking is not None:
        pytest.skip(f"MicroPython for unix cannot be built: {lacking}")
    (folder / "vox.mpy").write_bytes((MODULES / "vox-x64.mpy").read_bytes())
    (folder / "vox_link.mpy").write_bytes((MODULES / "vox_link.mpy").read_bytes())
    (folder / "model.vxm").write_bytes(model)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    script = folder / "server.py"
    script.write_text(f"FOLDER, PORT = {str(folder)!r}, {port}\n{SERVER}")
    with subprocess.Popen([str(build(UNIX)), str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        try:
            yield f"socket://127.0.0.1:{port}"
        finally:
            process.kill()
