"""GRU and LSTM: the curves' errors, the arithmetic against float64, and the same bits with the stream."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers import recurrent_program
from helpers.stream_network import Grower
from vox_embed.core import Model
from vox_embed.device.measure.bench import run_cases, stream_case
from vox_embed.device.measure.stream import digests, made_stream, printed_digests
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.ops import Affine, Kind, Tensor, Window
from vox_embed.program.program import Program
from vox_embed.program.recurrent_ops import Gru, Lstm, Recurrent
from vox_embed.program.schedule import stream_program

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "nn"))
import measure_network

KINDS: tuple[type[Recurrent], ...] = (Gru, Lstm)
ALL_Q12 = np.arange(-32768, 32768)


def test_the_curves_are_as_near_as_docs_numerics_says() -> None:
    tanh = np.array([recurrent_program.tanh(int(x)) for x in ALL_Q12]) / 32768
    sigmoid = np.array([recurrent_program.sigmoid(int(x)) for x in ALL_Q12]) / 32768
    x = ALL_Q12 / 4096
    assert np.abs(tanh - np.tanh(x)).max() < 1.2e-4
    assert np.abs(sigmoid - 1 / (1 + np.exp(-x))).max() < 7.5e-5
    assert (np.diff(tanh) >= 0).all()
    assert (np.diff(sigmoid) >= 0).all()
    np.testing.assert_array_equal(tanh[1:], -tanh[1:][::-1])


class Layers(Grower):
    """Recurrent layers, too."""

    def recurrent(self, kind: type[Recurrent], units: int, *, together: int = 1, every: bool) -> None:
        """`together` rows of what came before are one of its own."""
        h, w, c = self.shape
        rows, inputs = h // together, together * w * c
        x = self.tensors[-1]
        of_input = recurrent_program.affine(self.rng, x, units, kind.gates, inputs, wide=False)
        of_h = recurrent_program.affine(self.rng, x, units, kind.gates, units, wide=True)
        more = {"fraction": 11} if kind is Lstm else {}
        self._append(
            kind,
            (rows if every else 1, 1, units),
            of_input=of_input,
            of_h=of_h,
            rows=rows,
            multiplier=2**30 + 12345,
            shift=-7,
            limits=(-128, 127),
            **more,
        )
        self.stride *= together


def network(form: str, frames: int, seed: int) -> Layers:
    """One of FORMS, over so many frames: the same weights for every number of them."""
    grower = Layers(np.random.default_rng([seed, 31]), (frames, 5, 1))
    first, second = KINDS if seed % 2 else KINDS[::-1]
    if form == "convolved":
        grower.slide("conv", Window((6, 5), (2, 1)), ((frames - 6) // 2 + 1, 1))
        grower.stride *= 2
        grower.recurrent(first, 7, every=False)
    elif form == "stacked":
        grower.recurrent(first, 6, every=True)
        grower.recurrent(second, 9, every=False)
    elif form == "together":
        grower.recurrent(first, 5, together=2, every=True)
        grower.recurrent(second, 4, every=False)
    else:
        grower.slide("conv", Window((3, 5)), (frames - 2, 1))
        grower.recurrent(first, 6, every=True)
        grower.slide("conv", Window((4, 1)), (frames - 5, 1))
        grower.recurrent(second, 6, every=False)
    return grower


FORMS = ("convolved", "stacked", "together", "between")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(6))
def test_with_the_stream_it_computes_what_one_long_run_does(form: str, seed: int) -> None:
    """The first window's result is the window's; each later one that of all frames since the reset."""
    frames = 24
    grower = network(form, frames, seed)
    step = grower.stride * (1 + seed % 3)
    made = stream_program(grower.program(), step)
    lead, runs = -frames % step, 12
    sound = np.random.default_rng(seed).integers(-128, 128, (lead + frames + runs * step, 5), dtype=np.int8)
    streamed = Model(build_network(made, {})).run(sound.reshape(-1, step * 5))
    whole = [
        Model(build_network(network(form, count, seed).program(), {})).run(
            sound[lead : lead + count].reshape(1, -1)
        )[0]
        for count in range(frames, frames + runs * step + 1, step)
    ]
    np.testing.assert_array_equal(streamed[-len(whole) :], whole)
    assert len(np.unique(streamed, axis=0)) > runs // 2


def test_whole_windows_begin_anew() -> None:
    model = Model(build_network(network("stacked", 24, 3).program(), {}))
    windows = np.random.default_rng(1).integers(-128, 128, (5, 120), dtype=np.int8)
    np.testing.assert_array_equal(model.run(windows), [model.run(window[None])[0] for window in windows])


def test_frames_that_no_row_fits_are_refused_by_name() -> None:
    with pytest.raises(VoxError, match=r"gru `t1` has a stride of 2 in time, and 3 rows arrive"):
        stream_program(network("together", 24, 1).program(), 3)


@pytest.mark.parametrize("core", ["m0plus", "m4", "m55", "rv32"])
def test_long_streams_do_not_drift(core: str, full: bool) -> None:
    """Device and host, every output of a long stream; --full: 10^6 runs on the M4, 10^5 elsewhere."""
    machine = measure_network.CORES[core]
    for tool in (f"{machine.compiler}gcc", machine.emulator):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing")
    runs = (1_000_000 if core == "m4" else 100_000) if full else 4800
    made = [network(form, 24, seed) for seed, form in enumerate(FORMS)]
    streams = [build_network(stream_program(one.program(), one.stride), {}) for one in made]
    for together in [[data] for data in streams] if full else [streams]:  # a long one has an image of its own
        printed = run_cases(machine, [stream_case(data, runs) for data in together])
        for data, said in zip(together, printed.cases, strict=True):
            assert said["status"] == [0]
            assert printed_digests(said) == digests(Model(data), runs)
            varied = Model(data).run(made_stream(4800, int(np.prod(Model(data).input_shape))))
            assert len(np.unique(varied, axis=0)) > 100


# ---- what the device refuses --------------------------------------------------------------------------


def layer(kind: type[Recurrent], *, state: bool) -> Program:
    grower = Layers(np.random.default_rng(5), (4, 3, 1))
    grower.recurrent(kind, 6, every=True)
    return stream_program(grower.program(), 2) if state else grower.program()


def _with(program: Program, **fields: object) -> Program:
    return replace(program, ops=(replace(program.ops[0], **fields),))  # type: ignore[arg-type]


def _state_of(program: Program, **fields: object) -> Program:
    tensors = [replace(t, **fields) if t.state and t.kind is Kind.S16 else t for t in program.tensors]  # type: ignore[arg-type]
    return replace(program, tensors=tuple(tensors))


@pytest.mark.parametrize("kind", KINDS)
def test_records_that_do_not_fit_are_refused(kind: type[Recurrent]) -> None:
    kept, anew = layer(kind, state=True), layer(kind, state=False)
    Model(build_network(kept, {}))
    Model(build_network(anew, {}))
    wrong = {
        "rows": _with(kept, rows=5),
        "no rows": _with(anew, rows=0),
        "skip beyond 16 bits": _with(kept, skip=32768),
        "skip without state": _with(anew, skip=1),
        "limits": _with(kept, limits=(5, 4)),
        "shift": _with(kept, shift=15),
        "state elsewhere": _with(kept, state=kept.input),
        "fraction": _with(kept, fraction=7 if kind is Lstm else 8),
        "too large a state": _state_of(kept, shape=(1, 1, 1, 9)),
        "narrow state": _state_of(kept, kind=Kind.S8),
    }
    if kind is Lstm:
        op = kept.ops[0]
        assert isinstance(op, Lstm)
        wrong |= {"no cell": _with(kept, cell=None), "one state for both": _with(kept, cell=op.state)}
    else:
        wrong["a cell"] = _with(kept, cell=layer(kind, state=True).input)
    for name, program in wrong.items():
        with pytest.raises(VoxError, match="does not hold together"):
            Model(build_network(program, {}))
            pytest.fail(name)


# ---- against float64 -------------------------------------------------------------------------------------


def _float_layer(op: Recurrent, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same layer without rounding: x are the input's integers."""

    def part(table: Affine, values: NDArray[np.float64]) -> NDArray[np.float64]:
        factors = table.multiplier * 2.0 ** (table.shift.astype(float) - 31)
        sums = table.weights[:, : len(values)].astype(float) @ values + table.bias
        return (sums * factors / 4096).reshape(op.units, op.gates).T

    def sigmoid(v: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1 / (1 + np.exp(-v))

    h, cell, rows = np.zeros(op.units), np.zeros(op.units), []
    for row in x:
        a, b = part(op.of_input, row), part(op.of_h, h * 32768)
        if isinstance(op, Gru):
            keep, reset = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
            h = keep * h + (1 - keep) * np.tanh(a[2] + reset * b[2])
        else:
            cell = sigmoid(a[1] + b[1]) * cell + sigmoid(a[0] + b[0]) * np.tanh(a[2] + b[2])
            h = sigmoid(a[3] + b[3]) * np.tanh(cell)
        rows.append(h)
    return np.array(rows)


@pytest.mark.parametrize("kind", KINDS)
def test_h_stays_near_that_of_float64(kind: type[Recurrent]) -> None:
    """Of layers whose sums stay in Q12's range, whose weights let no error grow."""
    rng = np.random.default_rng(8)
    x = Tensor("x", (1, 30, 1, 10), 0.1, 3)
    parts = [
        recurrent_program.affine(rng, x, 16, kind.gates, count, wide=wide)
        for count, wide in ((10, False), (16, True))
    ]
    small = [
        replace(p, multiplier=np.full_like(p.multiplier, 2**30), shift=np.full_like(p.shift, s))
        for p, s in zip(parts, (-2, -11), strict=True)
    ]
    more = {"fraction": 12} if kind is Lstm else {}
    op = kind(0, 1, *small, 30, 2**30, -7, (-128, 127), **more)  # type: ignore[arg-type]
    program = Program((x, Tensor("y", (1, 30, 1, 16), 1 / 128, 0)), (op,), 0, 1)
    inputs = rng.integers(-128, 128, (1, 300), dtype=np.int8)
    got = Model(build_network(program, {})).run(inputs)[0].reshape(30, 16) / 128
    exact = _float_layer(op, inputs.reshape(30, 10).astype(float))
    assert np.abs(exact).max() > 0.3
    assert np.abs(got - np.clip(exact, -1, 127 / 128)).max() < 0.5 / 128 + 0.004
