"""Share of real time that listening takes on the emulated RP2040: from MicroPython, and as C firmware.

usage: PYTHONPATH=tests .venv/bin/python bench/micropython/share.py [MODEL_FOLDER]

MicroPython: each push() of one hop of sound is timed with time.ticks_us, calls and all; those that end an
analysis window are told apart by listener.windows. C: `vox-embed bench --target rp2040`, the library alone.
Both at 125 MHz without flash wait states (the native module runs from RAM on a real board too).
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

from helpers.micropython import MODULES
from helpers.micropython_rp2 import Pico
from vox_embed.core import Model
from vox_embed.device.boards import project_folder

MHZ = 125.0
WINDOWS = 4
SCRIPT = """
import array, gc, time, vox
listener = vox.Listener(vox.Model(open("model.vxm", "rb").read()))
sound = array.array("h", [(i * 7919 & 16383) - 8192 for i in range(listener.model.hop)])
frames, windows = array.array("I"), array.array("I")
gc.collect()
while len(windows) < {windows}:
    before = listener.windows
    start = time.ticks_us()
    listener.push(sound)
    taken = time.ticks_diff(time.ticks_us(), start)
    (windows if listener.windows != before else frames).append(taken)
print(list(frames))
print(list(windows))
"""


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else project_folder() / "models/digits"
    data = (folder / "model.vxm").read_bytes()
    model = Model(data)
    with Pico() as board:
        board.put({"vox.mpy": (MODULES / "vox-armv6m.mpy").read_bytes(), "model.vxm": data})
        said = board.run(SCRIPT.format(windows=WINDOWS)).splitlines()
    frame = statistics.mean(json.loads(said[0])) / 1000
    window = statistics.mean(json.loads(said[1])) / 1000 - frame
    frames_a_second = model.sample_rate / model.hop
    windows_a_second = frames_a_second / model.stride_frames
    ours = (frame * frames_a_second + window * windows_a_second) / 1000
    program = Path(sys.executable).parent / "vox-embed"
    command = [str(program), "bench", str(folder), "--target", "rp2040", "--json"]
    bench = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    c_frame, c_window = bench["per_frame"] / MHZ / 1000, bench["per_window"] / MHZ / 1000
    c = (c_frame * frames_a_second + c_window * windows_a_second) / 1000
    print(f"C firmware:  a frame {c_frame:.3f} ms, a window {c_window:.1f} ms, {100 * c:.1f} % of real time")
    print(f"MicroPython: a frame {frame:.3f} ms, a window {window:.1f} ms, {100 * ours:.1f} % of real time")
    print(f"{ours / c:.3f} x")


if __name__ == "__main__":
    main()
