"""What a user of `import vox` meets: the classes, their errors, memory."""

from __future__ import annotations

import ast
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helpers.micropython import Run
from helpers.tiny_model import tiny_model
from vox_embed.core import CoreError, Model, run_clip
from vox_embed.device.material import synthetic_clips

FUZZ = Path(__file__).resolve().parents[1] / "fuzz" / "corpus" / "model"


def lines(said: str) -> list[object]:
    """Printed Python literals, one a line."""
    return [ast.literal_eval(line) for line in said.splitlines()]


def test_model_attributes_features_and_predict(module: Run, digits: bytes) -> None:
    host = Model(digits)
    clip = synthetic_clips(host, 3, 1)[1].samples
    clip = np.resize(clip, host.window + (host.window_frames + 4) * host.hop + 11)
    said = module(
        """
import array, vox
m = vox.Model(blob("model.vxm"))
print(m.labels)
numbers = m.rate, m.window, m.hop, m.bands, m.window_frames, m.stride_frames
print(numbers + (m.size, m.crc, m.hears, m.memory()))
f = m.features(array.array("h", blob("clip")))
print(bytes(f[: 5 * m.bands]))
n = m.window_frames * m.bands
print((list(m.predict(f[:n])), len(f)))
print(list(m.predict(memoryview(f)[m.bands : m.bands + n])))
out = array.array("H", bytes(2 * len(m.labels)))
print(m.predict(f[:n], out) is out and list(out) == list(m.predict(f[:n], None)))
try:
    m.predict(f[:n], array.array("H", [0]))
except ValueError as error:
    print(repr(str(error)))
print(m.features(b"\\0" * 10) == array.array("h"))
print(type(m.meta) is str)
""",
        {"model.vxm": digits, "clip": clip.tobytes()},
    )
    labels, numbers, first, one, two, into, refused, empty, text = lines(said)
    assert labels == tuple(host.labels)
    assert numbers == (
        *(host.sample_rate, host.window, host.hop, host.bands, host.window_frames, host.stride_frames),
        *(host.size, host.crc, True, host.listener_size),
    )
    heard = run_clip(host, clip).heard
    frames = (len(clip) - host.window) // host.hop + 1
    assert first == heard.features[:5].tobytes()
    window = heard.features[: host.window_frames][None]
    assert one == (posteriors(host, window), frames * host.bands)
    assert two == posteriors(host, heard.features[1 : 1 + host.window_frames][None])
    assert into is True
    assert refused == f"predict() gives {2 * len(host.labels)} bytes, its second argument has 2"
    assert empty is True
    assert text is True


def posteriors(host: Model, window: NDArray[np.int16]) -> list[int]:
    """Q15 scores of features [1, frames, bands]."""
    output = host.run(host.normalise(np.ascontiguousarray(window)))[0].astype(int)
    return [int(value) for value in (output + 128) << 7]


def test_a_bare_network_runs_on_tensors(module: Run) -> None:
    data = (FUZZ / "network_conv.vxm").read_bytes()
    host = Model(data)
    values = np.random.default_rng(2).integers(-128, 128, int(np.prod(host.input_shape)), dtype=np.int8)
    said = module(
        """
import array, vox
m = vox.Model(blob("model.vxm"))
print(list(m.predict(blob("input"))))
print((m.hears, m.labels, m.memory()))
for wrong in (lambda: vox.Listener(m), lambda: m.features(b""), lambda: m.predict(b"123"), lambda: m.rate):
    try:
        wrong()
    except (ValueError, AttributeError) as error:
        print(repr(str(error)))
""",
        {"model.vxm": data, "input": values.tobytes()},
    )
    output, numbers, *errors = lines(said)
    assert output == host.run(values[None])[0].tolist()
    assert numbers == (False, (), host.arena_size)
    assert len(errors) == 4
    assert "bare network" in str(errors[0])
    assert "bare network" in str(errors[1])
    assert f"{values.size} int8 values, not 3" in str(errors[2])


def test_events_results_and_the_callback(module: Run) -> None:
    data = tiny_model("conv", seed=11)
    host = Model(data)
    clip = next(c.samples for c in synthetic_clips(host, 40, 2) if run_clip(host, c.samples).heard.events)
    said = module(
        """
import array, vox
l = vox.Listener(vox.Model(blob("model.vxm")))
flags = []
events = l.push(blob("clip"), flags.append)
events += l.finish()
print([(e.frame, e.index, e.score, e.begins, e.label, e.time_ms) for e in events])
print(flags.count(1) + flags.count(3) + flags.count(7))
print(l.reset())
print((l.frames, l.windows, l.label, l.score, l.time_ms))
print(l.push(b""))
print(str(events[0]))
""",
        {"model.vxm": data, "clip": clip.tobytes()},
    )
    *printed, text = said.splitlines()
    events, frames, _, fresh, nothing = (ast.literal_eval(line) for line in printed)
    heard = run_clip(host, clip).heard
    rate, window, hop = host.sample_rate, host.window, host.hop
    assert events == [
        (
            e.frame,
            e.label,
            e.score,
            e.kind == 1,
            host.labels[e.label],
            ((e.frame - 1) * hop + window) * 1000 // rate,
        )
        for e in heard.events
    ]
    assert frames == (len(clip) - window) // hop + 1
    assert fresh == (0, 0, None, 0, 0)
    assert nothing == []
    assert text == "<Event>"


def test_wrong_arguments_are_explained(module: Run, digits: bytes) -> None:
    said = module(
        """
import array, vox
m = vox.Model(blob("model.vxm"))
l = vox.Listener(m)
for wrong in (
    lambda: l.push(array.array("i", [1])),
    lambda: l.push(b"123"),
    lambda: l.push(memoryview(b"1234567")[1:]),
    lambda: m.predict(array.array("h", [0] * 10)),
    lambda: vox.Listener(b"model"),
    lambda: vox.Model(5),
    lambda: vox.Model(memoryview(blob("model.vxm"))[1:]),
    lambda: l.push(5),
    lambda: l.nothing,
    lambda: vox.Model(),
):
    try:
        wrong()
        print("nothing was raised")
    except Exception as error:
        print(type(error).__name__, error)
""",
        {"model.vxm": digits},
    )
    expected = (
        "TypeError samples are array('h') or bytes of 16-bit PCM, not array('i')",
        "ValueError samples of 16 bits: an even address",
        "ValueError samples of 16 bits: an even address",
        "ValueError predict() takes a window's features: 1568 values (49 frames of 32 bands), not 10",
        "TypeError vox.Listener takes a vox.Model",
        "TypeError ",
        "ValueError the model must begin at a multiple of 8 in memory, not 1 past one",
        "TypeError ",
        "AttributeError ",
        "TypeError ",
    )
    for line, start in zip(said.splitlines(), expected, strict=True):
        assert line.startswith(start), line


def damaged(good: bytes, count: int) -> dict[str, bytes]:
    """Cut, flipped and foreign files; in every other one the checksum was made to fit."""
    random = np.random.default_rng(7)
    files = {"empty": b"", "text": b"VXM1", "zeros": bytes(64), "version": good[:4] + b"\x09\x00" + good[6:]}
    for i in range(count):
        data = bytearray(good)
        for _ in range(int(random.integers(1, 4))):
            data[int(random.integers(16, min(len(data), 1200)))] ^= 1 << int(random.integers(8))
        if i % 2:
            data[12:16] = zlib.crc32(data[16:]).to_bytes(4, "little")
        files[f"flipped {i}"] = bytes(data)
        files[f"cut {i}"] = good[: int(random.integers(len(good) - 8))]
    return files


def test_damaged_models_are_refused_as_on_the_host(module: Run, full: bool) -> None:
    files: dict[str, bytes] = {}
    for name, good in (("conv", tiny_model("conv", seed=3)), ("dense", tiny_model("dense", seed=3))):
        files |= {f"{name} {k}": v for k, v in damaged(good, 60 if full else 15).items()}
    said = module(
        """
import array, vox
silence = array.array("h", bytes(4000))
for name in sorted(BLOBS if "BLOBS" in globals() else NAMES):
    if name == "vox.mpy":
        continue
    try:
        l = vox.Listener(vox.Model(blob(name)))
        for i in range(3):
            l.push(silence)
        print(name, "opened")
    except ValueError as error:
        print(name, "refused:", error)
""".replace("NAMES", repr(list(files))),
        files,
    )
    found = dict(
        line.rsplit(" opened", 1) if line.endswith(" opened") else line.split(" refused: ")
        for line in said.splitlines()
    )
    assert sorted(found) == sorted(files)
    refused = 0
    for name, data in files.items():
        try:
            Model(data)
            assert found[name] == "", name
        except CoreError:
            assert found[name] != "", name
            refused += 1
    assert refused > len(files) / 2
    assert found["conv version"] == "the model is .vxm version 9, vox.mpy reads 1: export both again"
    assert found["conv zeros"] == "not a .vxm model: 64 bytes that do not begin with VXM1"


def test_ten_thousand_pushes_leave_the_heap_as_it_was(module: Run) -> None:
    data = tiny_model("conv", seed=11)
    said = module(
        """
import array, gc, vox
l = vox.Listener(vox.Model(blob("model.vxm")))
samples = array.array("h", [(i * i * 37) % 20011 - 10005 for i in range(100)])
taken = [0] * 11
def pushes(count):
    heard = 0
    for i in range(count):
        heard += len(l.push(samples))
    return heard
for i in range(11):
    pushes(1000)
    gc.collect()
    taken[i] = gc.mem_alloc()
print(l.frames)
print(taken)
""",
        {"model.vxm": data},
    )
    frames, taken = lines(said)
    assert frames == 11000 - 1
    assert isinstance(taken, list)
    assert taken[2:] == taken[1:-1]  # the first collection finds leavings of the start


def test_heap_beside_the_model(module: Run, digits: bytes) -> None:
    said = module(
        """
import array, gc, vox
data = blob("model.vxm")
audio = array.array("h", bytes(640))
gc.collect()
gc.collect()
before = gc.mem_alloc()
model = vox.Model(data)
listener = vox.Listener(model)
listener.push(audio)
gc.collect()
print(gc.mem_alloc() - before, model.memory())
""",
        {"model.vxm": digits},
    )
    taken, memory = map(int, said.split())
    assert memory == Model(digits).listener_size
    assert 0 <= taken - memory <= 2048


def test_too_little_memory_says_how_much_is_needed(module: Run, digits: bytes) -> None:
    said = module(
        """
import gc, vox
model = vox.Model(blob("model.vxm"))
hoard = []
try:
    while True:
        hoard.append(bytearray(8000))
except MemoryError:
    pass
try:
    vox.Listener(model)
    print("nothing was raised")
except MemoryError as error:
    hoard = None
    gc.collect()
    print(error)
print(vox.Listener(model).frames)
""",
        {"model.vxm": digits},
    )
    need = Model(digits).listener_size
    assert said.splitlines() == [
        f"listening needs {need} bytes in one piece; try gc.collect(), or a smaller model",
        "0",
    ]
