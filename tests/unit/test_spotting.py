"""Training of detectors: changes of frames, units, banks, examples, mining, the judge."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vox_embed.experiment.schema import Spotting, Wakeword
from vox_embed.experiment.schema.wakeword import EAR_RATE, EAR_WIDTH, Settled
from vox_embed.features import LogMel
from vox_embed.features.host import inputs_of
from vox_embed.models import NeuralClassifier, estimator_of
from vox_embed.models.spotting import shaping
from vox_embed.models.spotting.bank import Bank, window
from vox_embed.models.spotting.batches import SpottingBatches
from vox_embed.models.spotting.ear import FEATURES, Ear, network, start_for
from vox_embed.models.spotting.examples import Examples, mined
from vox_embed.models.spotting.judge import SpottingJudge
from vox_embed.models.spotting.material import Material, Retold, Said
from vox_embed.models.spotting.units import UnitVoice
from vox_embed.models.training.along import EachWindow
from vox_embed.runs.detector.make import experiment_of

BANDS, FRAMES = 16, 40
FRONT = LogMel(sample_rate=16000, window=480, hop=320, fft_size=512, bands=BANDS, fmin=60, fmax=7600)


def speech(seed: int, count: int, level: float = 12000.0) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Frames with syllables: bands rise and fall together."""
    rng = np.random.default_rng(seed)
    envelope = 3000 * np.sin(np.arange(count) / 3.0 + rng.uniform(0, 6))[:, None]
    return np.clip(level + envelope + rng.normal(0, 600, (count, BANDS)), 0, 32767).astype(np.int16)


def marked(count: int, start: int, end: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Silence with a phrase of its own level."""
    frames = np.full((count, BANDS), 4000, np.int16)
    frames[start:end] = 16000
    return frames


@pytest.fixture(scope="module")
def material() -> Material:
    phrase = Said(Bank.of([marked(60, 20, 40)] * 6, BANDS), np.full(6, 20.0), np.full(6, 40.0))
    talk = Bank.of([speech(i, 300) for i in range(6)], BANDS)
    return Material(
        phrases=(phrase,),
        confusable=(Bank.of([marked(50, 20, 30)] * 4, BANDS),),
        sentences=Bank.of([speech(20 + i, 90) for i in range(4)], BANDS),
        recorded=(),
        talk=talk,
        noise=Bank.of([np.full((80, BANDS), 3000, np.int16)], BANDS),
        real=6,
    )


# ---- changes of frames -------------------------------------------------------------------------------


def test_energies_add_up() -> None:
    one = np.full((3, 2), 10240.0, np.float32)
    assert np.allclose(shaping.added(one, one), 10240 + 512)  # twice the energy
    assert np.allclose(shaping.added(one, one - 20 * 512), one, atol=1)


def test_a_warp_moves_a_peak_and_keeps_levels() -> None:
    frames = np.zeros((1, BANDS), np.float32)
    frames[0, 8] = 512
    matrices = shaping.warps(FRONT)
    peaks = [int((frames @ one)[0].argmax()) for one in matrices]
    assert peaks[0] > 8 > peaks[-1]
    assert peaks == sorted(peaks, reverse=True)
    assert np.allclose(np.ones((1, BANDS), np.float32) @ matrices[3], 1)


@pytest.mark.parametrize("seed", range(8))
def test_another_speed_keeps_the_place_of_a_word(seed: int) -> None:
    frames = marked(80, 30, 55).astype(np.float32)
    changed, now = shaping.stretched(frames, 0.6, 1.1, 0.3, np.random.default_rng(seed))
    loud = np.flatnonzero(changed.mean(axis=1) > 10000)
    begin, end = (float(np.interp(at, np.arange(81), now)) for at in (30, 55))
    assert abs(loud[0] - begin) <= 2
    assert abs(loud[-1] + 1 - end) <= 2
    assert 80 / 2.0 < len(changed) < 80 / 0.3


def test_masks_are_within_bounds() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        frames = np.ones((FRAMES, BANDS), np.float32)
        shaping.masked(frames, 4, 6, rng)
        assert (frames.sum(axis=0) == 0).sum() <= 8
        assert (frames.sum(axis=1) == 0).sum() <= 12


# ---- the ear -----------------------------------------------------------------------------------------


def test_the_kept_ear_fits_its_network_and_its_features() -> None:
    ear = Ear.kept()
    again = Ear.from_bytes(ear.to_bytes())
    for one, other in zip(ear.weights, again.weights, strict=True):
        assert np.allclose(one, other, atol=float(np.abs(one).max()) / 250)
    front = inputs_of(FEATURES).for_device
    assert isinstance(front, LogMel)
    assert start_for(front, EAR_WIDTH) is not None
    assert start_for(front, EAR_WIDTH - 1) is None
    assert start_for(FRONT, EAR_WIDTH) is None
    model = network(EAR_WIDTH)
    assert model.blocks == 6
    assert ear.weights[0].shape == (*model.first_kernel, 1, EAR_WIDTH)
    assert ear.weights[-1].shape == (model.block_width(4),)


# ---- units -------------------------------------------------------------------------------------------


def test_units_say_an_utterance_again() -> None:
    voice = UnitVoice.learn([speech(i, 300).astype(np.float32) for i in range(4)], 1)
    assert voice is not None
    asked = speech(50, 60).astype(np.float32)
    said = voice.say([asked], 1)[0]
    assert said.shape == asked.shape
    assert not np.array_equal(said, asked)
    assert np.corrcoef(said.mean(axis=1), asked.mean(axis=1))[0, 1] > 0.7
    assert np.array_equal(said, voice.say([asked], 1)[0])


def test_too_little_speech_gives_no_units() -> None:
    assert UnitVoice.learn([speech(1, 30).astype(np.float32)], 1) is None


# ---- banks, examples ---------------------------------------------------------------------------------


def test_windows_of_a_bank() -> None:
    bank = Bank.of([speech(1, 30), speech(2, 25)], BANDS)
    found: list[Any] = []

    def predict(windows: np.ndarray[Any, np.dtype[np.int16]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        found.append(windows)
        return np.zeros((len(windows), 2), np.float32)

    each = EachWindow(predict, 20, 2)
    assert len(each.along(bank.frames, 5)) == (55 - 20) // 5 + 1
    cut = np.concatenate(found)
    assert len(cut) == (55 - 20) // 5 + 1
    assert np.array_equal(cut[1], bank.frames[5:25])
    assert np.array_equal(bank.take([1]).frames, speech(2, 25))
    assert not len(EachWindow(predict, 56, 2).along(bank.frames, 5))
    assert np.array_equal(window(bank.frames, -3, 5)[:3], np.repeat(bank.frames[:1], 3, axis=0))
    assert np.array_equal(window(bank.frames, 53, 5)[2:], np.repeat(bank.frames[-1:], 3, axis=0))


def plain(**changes: Any) -> Settled:
    """Settings that change nothing of what is drawn."""
    off = dict.fromkeys(
        ("warp", "equalise", "gate", "style", "mix", "level", "context", "units", "wobble"), 0.0
    )
    settings = Spotting(**{**off, "slowest": 1.0, "fastest": 1.0, **changes})
    return settings.settled(recorded=False, ear=False)


def test_a_phrase_ends_in_its_window(material: Material) -> None:
    settings = plain(phrase=0.98, others=0.01, negatives=0.01)
    examples = Examples(settings, material, Retold(), FRONT, FRAMES)
    rng = np.random.default_rng(1)
    places = set()
    for _ in range(60):
        frames, label = examples.draw(rng)
        assert abs(float(frames.mean())) < 1
        if label == 1:
            loud = np.flatnonzero(frames.mean(axis=1) > 0)
            assert len(loud) >= 18
            places.add(int(loud[-1]))
    assert len(places) > 6


def test_parts_of_a_phrase_are_none(material: Material) -> None:
    settings = plain(phrase=0.01, others=0.98, negatives=0.01, parts=1.0)
    examples = Examples(settings, material, Retold(), FRONT, FRAMES)
    rng = np.random.default_rng(2)
    drawn = [examples.draw(rng) for _ in range(60)]
    others = [frames for frames, label in drawn if label == 0]
    assert len(others) > 50
    assert all((frames.mean(axis=1) > 0).sum() < 39 for frames in others)


def test_the_hardest_windows_come_most_often(material: Material) -> None:
    """Of ten mined windows that hold numbers of their own: how often each is drawn."""
    steps = np.repeat(np.arange(10, dtype=np.int16) * 100 + 4000, 2 * FRAMES)
    talk = Bank.of([np.tile(steps[:, None], (1, BANDS))], BANDS)
    marked_talk = Material(**{**vars(material), "talk": talk})
    hard = [i * 2 * FRAMES + FRAMES // 2 for i in range(10)]
    often = []
    for power in (1.0, 3.0):
        settings = plain(phrase=0.01, others=0.01, negatives=0.98, behind=0.0, hard=1.0, hardest=power)
        examples = Examples(settings, marked_talk, Retold(), FRONT, FRAMES, hard)
        windows = examples.plain(2000, np.random.default_rng(3))[:, FRAMES // 2, 0]
        often.append(np.array([(windows == 4000 + 100 * i).sum() for i in range(10)]) / len(windows))
    assert often[0].min() > 0.05
    assert often[0].max() < 0.15
    assert often[1][0] == pytest.approx(0.1 ** (1 / 3), abs=0.06)
    assert often[1][0] > 3 * often[1][1] > 0


def test_real_recordings_come_in(material: Material) -> None:
    real = Said(Bank.of([marked(60, 20, 40) + 9000], BANDS), np.array([20.0]), np.array([40.0]))
    with_real = Material(**{**vars(material), "recorded": (real,)})
    settings = plain(phrase=0.98, others=0.01, negatives=0.01, recorded=0.5)
    examples = Examples(settings, with_real, Retold(), FRONT, FRAMES)
    windows = examples.plain(100, np.random.default_rng(1))
    share = float((windows.max(axis=(1, 2)) > 20000).mean())
    assert 0.3 < share < 0.7


def test_noise_is_louder_where_people_say_the_phrase(material: Material) -> None:
    """Share of phrases that are at most 12 dB above what is behind them."""
    settings = plain(phrase=0.98, others=0.01, negatives=0.01, mix=1.0)
    with_people = Material(**{**vars(material), "recorded": material.phrases})
    shares = []
    for one in (material, with_people):
        examples, rng = Examples(settings, one, Retold(), FRONT, FRAMES), np.random.default_rng(5)
        drawn = [frames.mean(axis=1) for frames, label in (examples.draw(rng) for _ in range(300)) if label]
        shares.append(np.mean([np.ptp(levels) <= shaping.steps(12) for levels in drawn]))
    assert shares[1] > shares[0] + 0.1


def test_units_are_blended_in(material: Material) -> None:
    retold = Retold.of(material, 1)
    assert [len(bank) for bank in retold.phrases] == [6]
    assert retold.sentences is not None
    settings = plain(phrase=0.01, others=0.98, negatives=0.01, parts=0.0)
    rng = [np.random.default_rng(4) for _ in range(2)]
    blended = Examples(plain(units=1.0), material, retold, FRONT, FRAMES).plain(40, rng[0])
    assert not np.array_equal(
        blended, Examples(settings, material, Retold(), FRONT, FRAMES).plain(40, rng[1])
    )
    third = Retold.of(Material(**{**vars(material), "again": (3, 2, 1)}), 1)
    assert [len(bank) for bank in (*third.phrases, *third.confusable)] == [2, 2]
    assert Retold.of(Material(**{**vars(material), "real": 0}), 1).sentences is None


def test_mined_windows_are_the_surest() -> None:
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.999, 0.001], [0.5, 0.5]], np.float32)
    assert mined(scores, 6) == [6, 18, 0]
    assert mined(scores[:0], 6) == []


def test_batches_mine_and_are_taken_up_again(material: Material) -> None:
    settings = plain(steps=6, epochs=3, batch_size=8, mining=2)
    estimator: Any = SimpleNamespace(
        labels=("_unknown_", "yes"), seed=5, mean_=np.zeros(BANDS), std_=np.full(BANDS, 900.0)
    )

    def made() -> SpottingBatches:
        return SpottingBatches(estimator, settings, Examples(settings, material, Retold(), FRONT, FRAMES))

    def predict(windows: np.ndarray[Any, np.dtype[np.int16]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        wrong = (windows.mean(axis=(1, 2)) / 32768).astype(np.float32)
        return np.stack([1 - wrong, wrong], axis=1)

    batches = made()
    assert batches.count == 2
    whole = EachWindow(predict, FRAMES, 2)
    batches.before_epoch(1, whole)
    assert not len(batches.state()["hard"])
    batches.before_epoch(2, whole)
    hard = batches.state()["hard"]
    assert len(hard) > 100
    other = made()
    other.restore(batches.state())
    with ThreadPoolExecutor(2) as pool:
        one = list(batches.of_epoch(2, pool))
        two = list(other.of_epoch(2, pool))
    assert len(one) == 2
    for (x, t), (u, v) in zip(one, two, strict=True):
        assert x.shape == (8, FRAMES, BANDS, 1)
        assert np.array_equal(x, u)
        assert np.array_equal(t, v)
        assert np.allclose(t.sum(axis=1), 1)


# ---- the judge ---------------------------------------------------------------------------------------


def judged(talk: np.ndarray[Any, np.dtype[np.int16]], clips: list[Any], wanted: float) -> tuple[float, float]:
    """Of a network that takes the level of a window for its score."""

    def predict(windows: np.ndarray[Any, np.dtype[np.int16]]) -> np.ndarray[Any, np.dtype[np.float32]]:
        sure = (windows.max(axis=(1, 2)) / 32768).astype(np.float32)
        return np.stack([1 - sure, sure], axis=1)

    judge = SpottingJudge((Bank.of(clips, BANDS),), Bank.of([talk], BANDS), FRAMES, 4, 0.02, wanted)
    return judge(EachWindow(predict, FRAMES, 2))


def test_misses_at_a_rate() -> None:
    talk = np.full((3600 * 5, BANDS), 1000, np.int16)  # 0.1 h
    for at, level in ((2000, 20000), (9000, 15000), (15000, 10000), (17000, 9000), (5000, 8500)):
        talk[at : at + 10] = level
    clips = [marked(20, 5, 15), *(np.full((60, BANDS), level, np.int16) for level in (12000, 17000, 25000))]
    loss, hit = judged(talk, clips, 0.5)  # none allowed: above 20000 is one of four
    assert hit == pytest.approx(0.25)
    more, hit = judged(talk, clips, 10.0)  # one allowed: above 15000 are three
    assert hit == pytest.approx(0.75)
    assert more < loss


def test_nothing_to_fire_on() -> None:
    talk = np.zeros((500, BANDS), np.int16)
    _, hit = judged(talk, [marked(60, 20, 40)], 0.5)
    assert hit == 1.0


def test_an_ear_hears_its_rate_and_language_where_no_recordings_teach_one() -> None:
    def settled(asked: Spotting | None = None, **more: Any) -> tuple[Any, ...]:
        given = {"name": "x", "phrases": ("hello there",), "negatives": Path("talk"), **more}
        made = Wakeword(**given, training=asked or Spotting()).recipe
        return made.ear, made.width, made.steps, made.fastest

    with_ear, without = (True, EAR_WIDTH, 2000, 1.6), (False, 48, 2000, 1.1)
    assert settled() == settled(language="en-gb") == with_ear
    assert settled(positives=Path("said")) == (False, 48, 4000, 1.1)
    assert settled(Spotting(ear=True), positives=Path("said")) == (True, EAR_WIDTH, 4000, 1.6)
    for lacking in ({"language": "de"}, {"negatives": None}, {"spliced": 0}, {"sample_rate": 8000}):
        assert settled(**lacking) == without
    assert settled(Spotting(ear=False, width=16, steps=77, fastest=1.3)) == (False, 16, 77, 1.3)
    front = inputs_of(FEATURES).for_device
    assert isinstance(front, LogMel)
    assert front.sample_rate == EAR_RATE


def test_a_word_teaches_the_last_of_the_ear_alone(tmp_path: Path) -> None:
    settings = Wakeword(name="x", phrases=("hello",), training=Spotting(ear=True, steps=2, epochs=1))
    experiment = experiment_of(settings, 1210.0, tmp_path)
    estimator = estimator_of(experiment, inputs_of(FEATURES), ("_unknown_", "hello"))
    assert isinstance(estimator, NeuralClassifier)
    front = inputs_of(FEATURES).for_device
    assert isinstance(front, LogMel)
    start = start_for(front, EAR_WIDTH)
    assert start is not None
    rng = np.random.default_rng(1)
    shape = (8, experiment.window_frames, front.bands, 1)

    class Batches:
        count = 2

        def before_epoch(self, *_: object) -> None: ...
        def state(self) -> dict[str, Any]:
            return {}

        def of_epoch(self, *_: object) -> Any:
            for _ in range(self.count):
                yield rng.normal(size=shape).astype(np.float32), np.eye(2, dtype=np.float32)[[0, 1] * 4]

    plain_windows = rng.integers(3000, 12000, shape[:3]).astype(np.int16)
    estimator.fit_from(lambda _: Batches(), plain_windows, None, start=start)
    learned = estimator.network_.get_weights()
    stay = len(start.weights) - start.free
    assert 0 < stay < len(start.weights) < len(learned)
    for is_now, was in zip(learned[:stay], start.weights[:stay], strict=True):
        assert np.array_equal(is_now, was)
    for is_now, was in zip(learned[stay:], start.weights[stay:], strict=False):
        assert is_now.shape == was.shape
        assert not np.array_equal(is_now, was)


def test_networks_of_both_kinds(tmp_path: Path) -> None:
    for ear, kind, normalise, stride in ((False, "dscnn", "mean", 240), (True, "stream_dscnn", "none", 40)):
        settings = Wakeword(name="x", phrases=("hello",), training=Spotting(ear=ear, width=8))
        made = experiment_of(settings, 1210.0, tmp_path)
        assert (made.model.type, made.window.normalise, made.window.stride_ms) == (kind, normalise, stride)
