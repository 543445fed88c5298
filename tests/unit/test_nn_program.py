"""Programs as values: memory plan, serialisation, description; and what lowering refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.random_program import KINDS, chain, single
from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.fixed import quantise_multiplier, rescale, round_shift, softmax_table
from vox_embed.program.ops import Affine, Op, Reshape
from vox_embed.program.program import Program
from vox_embed.program.tflite import lower_tflite

DATA = Path(__file__).resolve().parents[1] / "reference" / "data"


def lifetimes(program: Program) -> list[tuple[int, int]]:
    """First and last op at which each tensor must hold its values."""
    last = [-1] * len(program.tensors)
    first = [-1] * len(program.tensors)
    for step, op in enumerate(program.ops):
        first[op.output] = step
        for tensor in op.inputs:
            last[tensor] = step
    last[program.output] = len(program.ops)
    return list(zip(first, last, strict=True))


def shares_by_right(program: Program, a: int, b: int) -> bool:
    """Tensors that are one: an output written over an input of its own op."""
    for op in program.ops:
        if op.overwrites(program.tensors) and {a, b} <= {op.output, *op.inputs}:
            return True
    return any(isinstance(op, Reshape) for op in program.ops)


@pytest.mark.parametrize("seed", range(60))
def test_plan_keeps_apart_what_lives_together(seed: int) -> None:
    program = chain(seed, 12)
    plan = program.plan
    spans = lifetimes(program)
    assert plan.size % 8 == 0
    for i, tensor in enumerate(program.tensors):
        assert plan.tensors[i] % 8 == 0
        assert plan.tensors[i] + tensor.elements <= plan.size
        for j in range(i):
            both_live = spans[i][0] <= spans[j][1] and spans[j][0] <= spans[i][1]
            apart = (
                plan.tensors[i] + tensor.elements <= plan.tensors[j]
                or plan.tensors[j] + program.tensors[j].elements <= plan.tensors[i]
            )
            assert apart or not both_live or shares_by_right(program, i, j)
    for step, op in enumerate(program.ops):
        need = op.scratch(program.tensors)
        for i, tensor in enumerate(program.tensors):
            if need and spans[i][0] <= step <= spans[i][1]:
                at = plan.scratch[step]
                assert at + need <= plan.tensors[i] or plan.tensors[i] + tensor.elements <= at


def test_plan_overlays_a_chain() -> None:
    program = lower_tflite(DATA / "dscnn.tflite")
    assert program.arena_size < 0.6 * sum(t.elements for t in program.tensors)


def test_same_program_same_bytes() -> None:
    assert build_network(chain(3), {}) == build_network(chain(3), {})


@pytest.mark.parametrize("kind", KINDS)
def test_record_sizes_are_what_the_library_expects(kind: str) -> None:
    data = bytearray(build_network(single(kind, 1), {}))
    assert Model(bytes(data)).op_count == 1


def test_description_adds_up() -> None:
    program = lower_tflite(DATA / "dscnn.tflite")
    rows = program.describe()
    assert [row.kind for row in rows][:3] == ["conv_2d", "depthwise_2d", "conv_2d"]
    assert sum(row.macs for row in rows) == program.macs
    assert rows[0].macs == 13 * 8 * 12 * 8 * 4
    assert 0 <= program.weight_bytes - sum(row.weight_bytes for row in rows) < 4 * 4 * len(rows)


def test_arrays_are_immutable() -> None:
    op: Op = single("conv", 2).ops[0]
    affine = op.affine  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="read-only"):
        affine.weights[0] = 1


def test_too_many_tensors_are_refused() -> None:
    program = chain(1)
    with pytest.raises(VoxError, match="1100 tensors"):
        Program(program.tensors[:1] * 1100, (), 0, 0)


def test_accumulators_that_do_not_fit_are_refused() -> None:
    with pytest.raises(VoxError, match=r"op 3.*channel 1 does not fit 32-bit"):
        Affine.make(
            np.ones((2, 4), np.int8),
            channel_axis=0,
            bias=np.array([0, 2**31 - 10]),
            factors=[0.1, 0.1],
            input_zero_point=0,
            terms=4,
            where="op 3",
        )


@pytest.mark.parametrize("real", [1e-9, 0.0001, 0.25, 0.5, 0.9999999999, 1.0, 7.3, 1000.0])
def test_quantised_multiplier_is_close(real: float) -> None:
    multiplier, shift = quantise_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    assert multiplier * 2.0 ** (shift - 31) == pytest.approx(real, rel=2**-30)


def test_rounding_goes_away_from_zero() -> None:
    assert [round_shift(x, 1) for x in (-3, -2, -1, 0, 1, 2, 3)] == [-2, -1, -1, 0, 1, 1, 2]
    assert rescale(-5, 2**30, 0) == -2  # the first rounding goes upwards: -2.5 -> -2


def test_softmax_table_is_the_exponential() -> None:
    table = softmax_table(0.05, 1.0)
    assert len(table) == 256
    expected = np.exp(-0.05 * np.arange(256))
    np.testing.assert_allclose(np.array(table) / 2**31, expected, atol=4e-7)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a .tflite"),
        (b"RIFF" * 10, "not a .tflite"),
        (b"\x10\0\0\0TFL3" + b"\xff" * 40, "damaged .tflite"),
    ],
)
def test_files_that_are_no_tflite(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "odd.tflite"
    path.write_bytes(data)
    with pytest.raises(VoxError, match=f"odd.tflite: {message}"):
        lower_tflite(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(VoxError, match=r"none.tflite: cannot be read"):
        lower_tflite(tmp_path / "none.tflite")


@pytest.mark.parametrize("name", ["dscnn", "cnn", "residual", "temporal"])
def test_cut_or_changed_tflite_never_gets_through_as_something_else(name: str) -> None:
    """Any error must be a VoxError; what lowers all the same must be a model that the library takes."""
    whole = (DATA / f"{name}.tflite").read_bytes()
    rng = np.random.default_rng(1)
    refused = 0
    for i in range(150):
        data = bytearray(whole)
        if i % 3 == 0:
            data = data[: int(rng.integers(8, len(whole)))]
        for _ in range(int(rng.integers(1, 8))):
            data[int(rng.integers(8, len(data)))] = int(rng.integers(256))
        try:
            Model(build_network(lower_tflite(bytes(data)), {}))
        except VoxError as error:
            refused += 1
            assert error.message
    assert refused > 10


class TestUnsupported:
    writer = pytest.importorskip("helpers.tflite_writer", reason="needs ai-edge-litert (extra `dev`)")

    def refuse(self, net: object, source: int, result: int, message: str) -> None:
        with pytest.raises(VoxError, match=message):
            lower_tflite(net.bytes(source, result), "net")  # type: ignore[attr-defined]

    def test_operator(self) -> None:
        net = self.writer.Network()
        a, b = net.tensor((1, 4), 0.1), net.tensor((1, 4), 0.1)
        net.op("FLOOR", [a], b)
        with pytest.raises(VoxError, match="net: op 0 `FLOOR` at tensor `t1` is not supported") as caught:
            lower_tflite(net.bytes(a, b), "net")
        assert "CONV_2D" in (caught.value.hint or "")

    def test_float_network(self) -> None:
        net = self.writer.Network()
        a, b = net.tensor((1, 4), kind="float32"), net.tensor((1, 4), kind="float32")
        net.op("RELU", [a], b)
        self.refuse(net, a, b, "op 0 `RELU` at tensor `t1`: tensor `t0` is float32, not int8")

    @pytest.mark.parametrize("kind", ["int8", "float16", "float32"])
    def test_weights_of_another_type(self, kind: str) -> None:
        """In a network of floats: by its first layer with weights, which says how it was converted."""
        net = self.writer.Network()
        a, b = net.tensor((1, 4), kind="float32"), net.tensor((1, 2), kind="float32")
        values = np.ones((2, 4), {"int8": np.int8, "float16": np.float16, "float32": np.float32}[kind])
        w = net.tensor((2, 4), 0.1 if kind == "int8" else None, data=values, kind=kind)
        if kind == "float16":
            stored, w = w, net.tensor((2, 4), kind="float32")
            net.op("DEQUANTIZE", [stored], w)
        c = net.tensor((1, 2), kind="float32")
        net.op("FULLY_CONNECTED", [a, w], b, self.writer.options("FullyConnectedOptions"))
        net.op("RELU", [b], c)
        how = r".*dynamic range" if kind == "int8" else ""
        self.refuse(net, a, c, rf"net: op \d `FULLY_CONNECTED` at tensor `t1`: its weights.* are {kind}{how}")

    @pytest.mark.parametrize("name", ["SignalWindow", "FlexErf", "ethos-u", "TheirOwn"])
    def test_custom_operator(self, name: str) -> None:
        net = self.writer.Network()
        a, b = net.tensor((1, 4), 0.1), net.tensor((1, 4), 0.1)
        net.op("CUSTOM", [a], b, custom=name)
        with pytest.raises(VoxError, match=f"op 0 `CUSTOM {name}` at tensor `t1`") as caught:
            lower_tflite(net.bytes(a, b), "net")
        said = {"SignalWindow": "front end", "FlexErf": "SELECT_TF_OPS", "ethos-u": "Vela"}.get(
            name, "builtin"
        )
        assert said in (caught.value.hint or "")

    def test_a_stride_of_0(self) -> None:
        net = self.writer.Network()
        a, b = net.tensor((1, 4, 4, 2), 0.1), net.tensor((1, 4, 4, 2), 0.1)
        pool = self.writer.options("Pool2DOptions", filterHeight=2, filterWidth=2)
        net.op("MAX_POOL_2D", [a], b, pool)
        self.refuse(net, a, b, r"op 0 `MAX_POOL_2D`.*stride \(0, 0\)")

    def test_a_dynamic_shape(self) -> None:
        net = self.writer.Network()
        a, b = net.tensor((1, 0, 4), 0.1), net.tensor((1, 0, 4), 0.1)
        net.op("RELU", [a], b)
        with pytest.raises(VoxError, match=r"input: tensor `t0` has shape \[1, 0, 4\]") as caught:
            lower_tflite(net.bytes(a, b), "net")
        assert "static shapes" in (caught.value.hint or "")

    def test_more_work_than_a_microcontroller_has_time_for(self) -> None:
        net = self.writer.Network()
        a, b = net.tensor((1, 64, 64, 64), 0.1), net.tensor((1, 64, 64, 256), 0.1)
        w = net.tensor((256, 1, 1, 64), 0.1, data=np.ones((256, 1, 1, 64), np.int8))
        bias = net.tensor((256,), 0.01, data=np.zeros(256, np.int32), kind="int32")
        chosen = self.writer.options("Conv2DOptions", padding=1, strideH=1, strideW=1)
        net.op("CONV_2D", [a, w, bias], b, chosen)
        with pytest.raises(
            VoxError, match=r"too much work.*67,108,864 of them in layer 0, `conv_2d` at `t1`"
        ):
            build_network(lower_tflite(net.bytes(a, b)), {})

    def test_a_tensor_that_no_arena_holds(self) -> None:
        net = self.writer.Network()
        a, b = (net.tensor((1, 5000, 5000, 3), 0.1) for _ in range(2))
        net.op("RELU", [a], b)
        self.refuse(net, a, b, r"tensor `t0` has shape \[1, 5000, 5000, 3\]; a tensor has up to")

    def test_a_shape_that_is_computed_of_itself(self) -> None:
        net = self.writer.Network()
        a, b = net.tensor((1, 4), 0.1), net.tensor((1, 4), 0.1)
        size, other = (net.tensor((2,), kind="int32") for _ in range(2))
        net.op("ADD", [size, other], other)
        net.op("SLICE", [a, other, other], b, self.writer.options("SliceOptions"))
        self.refuse(net, a, b, "op 1 `SLICE`.*must be constant")

    def test_layers_are_named_with_their_reasons(self) -> None:
        """Those behind a refused one, too; what depends on a tensor that cannot be is passed over."""
        net = self.writer.Network()
        a, b, e = (net.tensor((1, 4), 0.1) for _ in range(3))
        floats, more = (net.tensor((1, 4), kind="float32") for _ in range(2))
        w = net.tensor((2, 4), 0.1, 3, data=np.ones((2, 4), np.int8))
        d = net.tensor((1, 2), 0.1)
        net.op("FLOOR", [a], b)
        net.op("FULLY_CONNECTED", [b, w], d, self.writer.options("FullyConnectedOptions"))
        net.op("SIN", [b], floats)
        net.op("SIN", [floats], more)
        net.op("QUANTIZE", [more], e)
        self.refuse(
            net,
            a,
            e,
            "3 layers cannot be carried over:\n  op 0 `FLOOR`.*\n  op 1 .*zero point.*\n  op 2 `SIN`",
        )

    def test_asymmetric_weights(self) -> None:
        net = self.writer.Network()
        a, b = net.tensor((1, 4), 0.1), net.tensor((1, 2), 0.1)
        w = net.tensor((2, 4), 0.1, 3, data=np.ones((2, 4), np.int8))
        net.op("FULLY_CONNECTED", [a, w], b, self.writer.options("FullyConnectedOptions"))
        self.refuse(net, a, b, "op 0 `FULLY_CONNECTED`.*zero point other than 0")

    def test_several_operators_are_named_at_once(self) -> None:
        net = self.writer.Network()
        a, b, c, d = (net.tensor((1, 4), 0.1) for _ in range(4))
        net.op("FLOOR", [a], b)
        net.op("RELU", [b], c)
        net.op("CEIL", [c], d)
        self.refuse(net, a, d, r"2 layers cannot be carried over:\n  op 0 `FLOOR`.*\n  op 2 `CEIL`")

    def test_add_of_shapes_that_do_not_fit(self) -> None:
        net = self.writer.Network()
        a, c = net.tensor((1, 2, 2, 4), 0.1), net.tensor((1, 2, 2, 4), 0.1)
        b = net.tensor((3,), 0.1, data=np.ones(3, np.int8))
        net.op("ADD", [a, b], c, self.writer.options("AddOptions"))
        self.refuse(net, a, c, "op 0 `ADD`.*do not fit each other")

    def test_padding_that_is_not_constant(self) -> None:
        net = self.writer.Network()
        a, b = net.tensor((1, 2, 2, 4), 0.1), net.tensor((1, 4, 2, 4), 0.1)
        pads = net.tensor((4, 2), kind="int32")
        net.op("PAD", [a, pads], b, self.writer.options("PadOptions"))
        self.refuse(net, a, b, "op 0 `PAD`.*`t2` must be constant")
