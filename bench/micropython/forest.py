"""A forest in pure MicroPython and in vox, microseconds a prediction on the emulated RP2040.

usage: PYTHONPATH=tests .venv/bin/python bench/micropython/forest.py [TREES]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from helpers.classic_data import toy
from helpers.micropython import FOLDER, MODULES, mpy_cross
from helpers.micropython_rp2 import Pico
from vox_embed.models.classic import Forest
from vox_embed.program.classic import lower
from vox_embed.program.vxm import write_container

rows = toy(classes=4, values=20)
forest = Forest(trees=int(sys.argv[1]) if len(sys.argv) > 1 else 22, depth=5).fit(rows.train, rows.train_y)
program, weights = lower(forest, rows.train).sections()
model = write_container({"PROG": program, "WGHT": weights})
trained = next(value for value in vars(forest).values() if hasattr(value, "estimators_"))
trees = []
for estimator in trained.estimators_:
    tree = estimator.tree_
    shares = tree.value[:, 0, :] / tree.value[:, 0, :].sum(1, keepdims=True)
    trees.append(
        (
            np.maximum(tree.feature, 0).tolist(),
            np.floor(tree.threshold).astype(int).tolist(),
            tree.children_left.tolist(),
            tree.children_right.tolist(),
            np.rint(1000 * shares).astype(int).tolist(),
        )
    )
source = f"TREES = {trees!r}\nROWS = {rows.test[:10].tolist()!r}\nCLASSES = 4\n"
with tempfile.TemporaryDirectory() as folder, Pico() as board:
    (Path(folder) / "f.py").write_text(source)
    subprocess.run([mpy_cross(), "-o", f"{folder}/f.mpy", f"{folder}/f.py"], check=True)
    board.put({"f.mpy": (Path(folder) / "f.mpy").read_bytes(), "forest.vxm": model})
    board.put({"vox.mpy": (MODULES / "vox-armv6m.mpy").read_bytes()})
    script = (FOLDER / "scripts/forest.py").read_text()
    prelude = "from f import *\nimport gc\ngc.collect()\ndef blob(n):\n    return open(n, 'rb').read()\n"
    pure, native, into, agree, count = board.run(prelude + script).split()
print(f"{len(trees)} trees, {sum(len(t[0]) for t in trees)} nodes; decisions agree on {agree} of {count}")
for call, time in (("predict(row)", float(native)), ("predict(row, out)", float(into))):
    print(f"pure MicroPython {float(pure):.0f} us, {call} {time:.0f} us: {float(pure) / time:.1f} x")
