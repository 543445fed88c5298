"""The proof, board by board: features, published models and our own, a stream, a bad line, resets.

Every emulated board, or with --port a real one. By default a sample, seeded by the board's name; `--full`:
100 clips a model, a stream of a minute, every kind of fault.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bench import Bench
from material import clips_for, have, stream, tensors_for

from helpers.tiny_model import FEATURES, tiny_model, tiny_network
from vox_embed.core import Listener, Model
from vox_embed.device.boards import find_board, project_folder
from vox_embed.device.differences import VerifyReport
from vox_embed.device.faults import KINDS
from vox_embed.device.material import random_tensors, synthetic_clips
from vox_embed.device.messages import Message, NumberedEvent, Result
from vox_embed.device.session import DeviceRefusedError, DeviceRestartedError, Session
from vox_embed.device.targets import open_board
from vox_embed.device.verify import check_room, ensure_model, verify, verify_network
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema.features import LLD_SETS
from vox_embed.features.descriptors import Descriptors, NoiseReduction, Pcan
from vox_embed.features.logmel import LogMel
from vox_embed.features.micro import Micro
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite
from vox_embed.spec.link import Capability, ModelOrigin, Request, Reset

ERR_MEMORY = -12
PUBLISHED = ("kws_ref_model", "micro_speech_quantized")
FRONT_ENDS = (
    LogMel(sample_rate=16000, window=480, hop=320, fft_size=512, bands=40, fmin=20.0, fmax=7600.0),
    LogMel(sample_rate=16000, window=400, hop=160, fft_size=512, bands=24, fmin=60.0, fmax=7900.0),
    LogMel(sample_rate=8000, window=200, hop=160, fft_size=256, bands=32, fmin=60.0, fmax=3800.0),
    LogMel(sample_rate=8000, window=256, hop=128, fft_size=256, bands=13, fmin=0.0, fmax=4000.0),
    LogMel(sample_rate=22050, window=882, hop=441, fft_size=1024, bands=48, fmin=50.0, fmax=11000.0),
    LogMel(sample_rate=44100, window=1764, hop=882, fft_size=2048, bands=64, fmin=20.0, fmax=20000.0),
)
SPEECH = LogMel(16000, 320, 160, 512, 26, 20.0, 8000.0, taper="hamming")
MUSIC = LogMel(22050, 551, 220, 1024, 20, 50.0, 11000.0)
DESCRIPTORS = {
    "egemaps-lite": Descriptors(SPEECH, LLD_SETS["egemaps-lite"]),
    "every other": Descriptors(
        LogMel(8000, 200, 80, 256, 20, 20.0, 4000.0),
        (*LLD_SETS["prosody"], *LLD_SETS["spectral"][:-1], "f1", "f2", "f3", "f0_delta", "f0_delta2"),
    ),
    "bands": Descriptors(
        MUSIC,
        (*(f"logmel_{i}" for i in range(20)), *(f"spectrum_{i}" for i in range(8)), "mfcc_3", "mfcc_3_delta"),
        spectrum_step=16,
        noise=NoiseReduction(),
        pcan=Pcan(),
    ),
    "micro": Micro(),
}
"""All descriptors are in one of them; the micro front end is a kind of its own."""
Record = Callable[[str, object], None]


@pytest.fixture
def chance(board: str) -> random.Random:
    """The sample of this board: the same every time."""
    return random.Random(zlib.crc32(board.encode()))


@pytest.fixture
def many(bench: Bench, full: bool) -> int:
    """Clips or tensors to compare."""
    if full:
        return 100
    return 2 if bench.slow else 6


def digits() -> bytes:
    return (project_folder() / "models" / "digits" / "model.vxm").read_bytes()


def expect_room(session: Session, data: bytes) -> None:
    """A model too large for the board is refused by host and board, with the figures; then skip."""
    try:
        check_room(session.device, Model(data))
    except VoxError as error:
        before = session.device
        assert session.device.board in error.message
        if len(data) > before.model_slot:
            with pytest.raises(VoxError, match="the device takes"):
                session.push_model(data)  # said before a byte is sent
        else:
            with pytest.raises(DeviceRefusedError) as refusal:
                session.push_model(data)
            assert refusal.value.status == ERR_MEMORY
        assert session.hello() == before
        pytest.skip(error.message)


def assert_same(report: VerifyReport, name: str, record: Record) -> None:
    c, d = report.compared, report.differences
    record(
        "parity",
        f"{report.target:<10} {name:<24} {c.clips:>5} {c.frames:>7} {c.windows:>7} "
        f"{c.events:>6} {d.features:>23} {d.scores:>7} {d.events:>7}",
    )
    assert d.total == 0, d.first


# ---- bits


def test_features(
    device: Session, chance: random.Random, many: int, full: bool, record_property: Record
) -> None:
    """Front ends of several geometries: of those that the board has room for, two by default."""
    models = [tiny_model("dense", features=features) for features in FRONT_ENDS]
    fitting = [data for data in models if Model(data).listener_size <= device.device.memory]
    for data in models:
        if data not in fitting:
            with pytest.raises(VoxError, match=r"needs \d+ bytes of RAM"):
                ensure_model(device, data)
    assert len(fitting) >= 2
    clips = max(2, many // 10)
    for data in fitting if full else chance.sample(fitting, 2):
        model = Model(data)
        report = verify(device, data, clips_for(model, clips, chance.randrange(1000)))
        assert report.compared.frames > 0
        assert_same(report, f"features {model.fft_size}/{model.bands}", record_property)


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_descriptors(
    device: Session, name: str, chance: random.Random, many: int, record_property: Record
) -> None:
    data = tiny_model("dense", features=DESCRIPTORS[name])
    expect_room(device, data)
    clips = clips_for(Model(data), max(2, many // 10), chance.randrange(1000))
    report = verify(device, data, clips)
    assert report.compared.frames > 0
    assert_same(report, f"descriptors, {name}", record_property)


def test_digits(device: Session, chance: random.Random, many: int, record_property: Record) -> None:
    data = digits()
    expect_room(device, data)
    report = verify(device, data, clips_for(Model(data), many, chance.randrange(1000)))
    assert report.compared.windows >= many
    assert_same(report, "digits", record_property)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_network(  # noqa: PLR0917
    device: Session, name: str, chance: random.Random, many: int, vox_models: Path, record_property: Record
) -> None:
    data = build_network(lower_tflite(vox_models / f"{name}.tflite"), {"name": name})
    expect_room(device, data)
    # 100 real ones and, of four, one random.
    count = many * 4 // 3 + 1 if many >= 100 else many
    report = verify_network(device, data, tensors_for(Model(data), name, count, chance.randrange(1000)))
    assert_same(report, name, record_property)


def test_stream(  # noqa: PLR0917
    device: Session, board: str, chance: random.Random, bench: Bench, full: bool, record_property: Record
) -> None:
    """A minute of clips, silence and noise, live; by default on one board, less on the others."""
    seconds = 60.0 if full or board == "qemu-m55" else 3.0 if bench.slow else 8.0
    data = digits() if have("fsdd") else tiny_model("conv", seed=11)
    if Model(data).listener_size > device.device.memory:
        data = tiny_model("conv", seed=11)
    model = Model(data)
    ensure_model(device, data)
    clips = [clip.samples for clip in clips_for(model, 30, chance.randrange(1000))]
    sound = stream(clips, model.sample_rate, seconds, chance.randrange(1000))
    results: list[Result] = []
    events: list[NumberedEvent] = []

    def take(message: Message) -> None:
        if isinstance(message, Result):
            results.append(message)
        elif isinstance(message, NumberedEvent):
            events.append(message)

    device.sink = take
    live = device.live()
    for start in range(0, len(sound), 4000):
        live.push(sound[start : start + 4000])
    clip = live.end()
    heard = Listener(model).push(sound)
    assert clip is not None
    assert (clip.samples, clip.windows, clip.events) == (
        len(sound),
        len(heard.window_frames),
        len(heard.events),
    )
    said = np.array([r.posteriors for r in results])
    wrong = np.count_nonzero(said != heard.posteriors) if said.shape == heard.posteriors.shape else len(said)
    wrong_events = sum(a.event != b for a, b in zip(events, heard.events, strict=False)) + abs(
        len(events) - len(heard.events)
    )
    record_property(
        "parity",
        f"{board:<10} {f'stream of {seconds:.0f} s':<24} {1:>5} {clip.frames:>7} {clip.windows:>7} "
        f"{clip.events:>6} {'-':>23} {wrong:>7} {wrong_events:>7}",
    )
    assert wrong == wrong_events == 0
    assert [r.label for r in results] == heard.verdict_labels.tolist()
    assert [r.gated for r in results] == heard.gated.astype(bool).tolist()
    assert len(events) > 0 or seconds < 8
    assert device.stats().receive_lost == 0


def test_models_of_all_kinds_one_after_another(device: Session) -> None:
    """Hearing ones and bare networks take turns; each finds the arena as if it were the first."""
    for data in (
        tiny_model("every_op", seed=31),
        tiny_network("conv", seed=32),
        tiny_model("conv", seed=33),
        tiny_network("every_op", seed=34),
        tiny_network("dense", seed=35),
        tiny_model("dense", seed=36),
    ):
        model = Model(data)
        assert ensure_model(device, data)
        assert device.device.model_origin is ModelOrigin.PUSHED
        assert (device.device.model_status == 0) == model.hears
        if model.hears:
            found = verify(device, data, synthetic_clips(model, 1, 3)).differences
        else:
            found = verify_network(device, data, random_tensors(model, 2, 3)).differences
        assert found.total == 0, found.first


def test_statistics_and_painted_stack(device: Session, bench: Bench, built_in: bytes) -> None:
    ensure_model(device, built_in)
    before = device.stats()
    report = verify(device, built_in, synthetic_clips(Model(built_in), 2 if bench.slow else 4, 9))
    found = device.stats()
    assert report.differences.total == 0, report.differences.first
    assert report.compared.windows > 0
    assert found.frames - before.frames == report.compared.frames
    assert found.windows - before.windows == report.compared.windows
    assert found.events - before.events == report.compared.events
    assert found.link_frames > before.link_frames + 2 * report.compared.clips
    assert found.link_errors == before.link_errors
    assert (found.receive_lost, found.unsent, found.audio_lost) == (
        before.receive_lost,
        before.unsent,
        before.audio_lost,
    )
    assert found.uptime_ms >= before.uptime_ms
    if bench.slow:  # its clock is that of its instructions; others' runs while the computer does other things
        assert found.window_ticks > found.frame_ticks > 0
    if device.device.board == "native":
        assert (found.stack_size, found.stack_used) == (0, 0)  # a PC's stack is not painted
    else:
        # The front end and the kernels need some; a stack that is full has been run over.
        assert 400 < found.stack_used < found.stack_size
        assert found.stack_used >= before.stack_used


@pytest.mark.usefixtures("emulated")
def test_a_window_takes_longer_than_a_frame(board: str, images: dict[str, Path], built_in: bytes) -> None:
    """In counted instructions: in real time QEMU's timers stand still while it waits for a processor."""
    if not find_board(board).emulator_program.startswith("qemu-"):
        pytest.skip("does not run in QEMU")
    with open_board(find_board(board), images[board], icount=True) as device:
        ensure_model(device, built_in)
        report = verify(device, built_in, synthetic_clips(Model(built_in), 1, 9))
        found = device.stats()
    assert report.differences.total == 0, report.differences.first
    assert found.window_ticks > found.frame_ticks > 0


# ---- trouble


def test_bad_line(bench: Bench, device: Session, chance: random.Random, full: bool) -> None:
    """Bytes lost, flipped, doubled, delimiters from nowhere, both ways: a push, clips and a network, and
    still the same bits. By default two kinds a board."""
    data, network = tiny_model("conv", seed=21), tiny_network("conv", seed=22)
    clips = [c for c in synthetic_clips(Model(data), 7, 2) if len(c.samples) < 9000][: 1 if bench.slow else 2]
    for kind in KINDS if full else chance.sample(KINDS, 1 if bench.slow else 2):
        device = bench.fresh()
        before, faults = device.stats().link_errors + device.link.errors, bench.line.faults
        # Short clips and waits: all reports of a clip have to come through in some run of it.
        session = bench.session(timeout=bench.timeout / 2, attempts=60)
        bench.line.disturb(0.0003, seed=chance.randrange(1000), kinds=(kind,))
        report = verify(session, data, clips)
        assert report.differences.total == 0, report.differences.first
        assert report.compared.clips == len(clips)
        report = verify_network(session, network, random_tensors(Model(network), 4, 2))
        assert report.differences.total == 0, report.differences.first
        bench.line.clear()
        assert bench.line.faults > faults
        assert session.stats().link_errors + session.link.errors > before


class _ResetAt:
    """Presses the button behind the n-th request of a type."""

    def __init__(self, bench: Bench, session: Session, request: Request, count: int) -> None:
        self._send = session.link.send
        self._bench, self._request, self._left = bench, request, count

    def __call__(self, kind: int, sequence: int, payload: bytes = b"") -> None:
        self._send(kind, sequence, payload)
        if kind == self._request:
            self._left -= 1
            if self._left == 0:
                assert self._bench.emulator is not None
                self._bench.emulator.reset()


PUSHED = tiny_model("every_op", seed=3)


def _push(session: Session) -> None:
    session.push_model(PUSHED)


def _runs(session: Session) -> str:
    kept = session.device.model_origin is ModelOrigin.PUSHED
    return "the model that it kept" if kept else "its built-in model"


def _clip(session: Session) -> None:
    session.run_clip(synthetic_clips(Model(tiny_model("conv", seed=11)), 1, 1)[0].samples)


def _stream(session: Session) -> None:
    live = session.live()
    for _ in range(20):
        live.push(np.zeros(FEATURES.sample_rate // 10, np.int16))
    live.end()


def _run(session: Session) -> None:
    model = Model(tiny_model("conv", seed=11))
    session.run_network(random_tensors(model, 1, 1)[0].values, int(np.prod(model.output_shape)))


@pytest.mark.parametrize(
    ("action", "request_", "count"),
    [
        (_push, Request.MODEL_DATA, 5),
        (_push, Request.MODEL_COMMIT, 1),
        (_clip, Request.CLIP_AUDIO, 6),
        (_clip, Request.CLIP_END, 1),
        (_stream, Request.CLIP_AUDIO, 30),
        (_run, Request.RUN_INPUT, 1),
        (_run, Request.RUN, 1),
    ],
    ids=["push", "commit", "clip", "clip end", "stream", "run input", "run"],
)
def test_reset_in_the_middle(  # noqa: PLR0917
    bench: Bench,
    device: Session,
    built_in: bytes,
    action: Callable[[Session], None],
    request_: Request,
    count: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The host says what happened, knows what the board is now, and the same session goes on."""
    if not bench.can_reset:
        pytest.skip("no emulator with a reset button; test_rp2040.py has power failures of the RP2040")
    device.reset(Reset.MODEL)  # what a board keeps from the test before
    while device._heard is None or device._heard > 100:  # the start, number 0, must not seem to follow 255
        device.hello()
    with monkeypatch.context() as patch:
        patch.setattr(device.link, "send", _ResetAt(bench, device, request_, count))
        try:
            action(device)
            # The answer was on its way already when the button was pressed: the next request hears of it,
            device.stats()
            # but for a push that a board has kept: that ends with a question of its own.
            assert request_ is Request.MODEL_COMMIT, "the restart was not noticed"
            assert device.device.model_crc == Model(PUSHED).crc
        except DeviceRestartedError as error:
            assert f"restarted; it runs {_runs(device)} now" in error.message
    if request_ is Request.MODEL_COMMIT and Capability.KEEP_MODEL in device.device.capabilities:
        assert device.device.model_crc in {
            Model(built_in).crc,
            Model(PUSHED).crc,
        }  # before it was kept, or after
        device.reset(Reset.MODEL)
        device.hello()
    assert device.device.model_origin is ModelOrigin.BUILT_IN
    assert device.device.model_crc == Model(built_in).crc
    report = verify(device, built_in, synthetic_clips(Model(built_in), 1, 4))
    assert report.differences.total == 0, report.differences.first
    stats = device.stats()
    assert (stats.frames, stats.windows) == (
        report.compared.frames,
        report.compared.windows,
    )  # it counts from nothing
    action(device)
