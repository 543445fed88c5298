"""Memory that sound and features may take changes where they lie, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.tiny_model import FEATURES, FRAMES
from vox_embed.data import Dataset, load_dataset
from vox_embed.data.audio import read_audio
from vox_embed.data.clips import load_clips
from vox_embed.data.levels import level_of
from vox_embed.data.spool import Spool
from vox_embed.data.store import ChosenClips, JoinedClips
from vox_embed.data.threads import in_threads
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.memory import bytes_of, memory_of_process
from vox_embed.models.cuts import Cuts, as_cuts, mean_and_deviation
from vox_embed.models.rows import check_rows
from vox_embed.models.windows import Windows
from vox_embed.runs.cross import cross_validate
from vox_embed.runs.planning import held_out, planned, undivided
from vox_embed.runs.reporter import Quiet
from vox_embed.runs.shelf import Shelf
from vox_embed.runs.training import train

SMALL = "0.06 MB"
"""So little that nothing of these corpora fits: far below what an experiment may ask for."""

CLASSIC = """
features: {type: mfcc}
window: {length_ms: 200, stride_ms: 100, functionals: [mean, std, p20, p80]}
model: {type: lda}
"""
HALVES = """
features: {type: lld, set: egemaps-lite}
window: {length_ms: 200, stride_ms: 200, functionals: [mean, p50]}
model: {type: tree}
"""
NETWORK = """
window: {length_ms: 200, stride_ms: 100}
model: {type: dscnn, width: 8, blocks: 1, epochs: 1, batch_size: 8}
augment: {shift_ms: 20, noise_snr_db: [10, 30], babble: true}
"""
RECURRENT = """
window: {length_ms: 200, stride_ms: 80}
model: {type: gru, units: [8], epochs: 1, batch_size: 8}
"""
DETECTOR = """
window: {length_ms: 200, stride_ms: 100}
model: {type: autoencoder, network: dense, hidden: [8], epochs: 1, batch_size: 8, normal: low}
"""


def test_spool_is_a_list_wherever_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path))
    rng = np.random.default_rng(1)
    arrays = [rng.integers(-9, 9, (n, 3)).astype(np.int16) for n in (4, 0, 7, 1)]
    held, spilled = Spool(None, arrays), Spool(50, arrays)
    assert (held.on_disk, spilled.on_disk) == (False, True)
    for one in (held, spilled):
        assert len(one) == 4
        for found, array in zip(one, arrays, strict=True):
            np.testing.assert_array_equal(found, array)
            assert found.dtype == np.int16
        assert [len(a) for a in one[1:3]] == [0, 7]
        np.testing.assert_array_equal(one[-1], arrays[-1])
        with pytest.raises(IndexError):
            one[4]
    assert not list(tmp_path.iterdir()), "nobody sees the file"


def test_spool_is_read_by_threads() -> None:
    spool = Spool(10, [np.full(50, i, np.int16) for i in range(100)])
    wrong: list[int] = []

    def read(start: int) -> None:
        wrong.extend(i for i in range(start, 100, 4) if not (spool[i] == i).all())

    threads = [threading.Thread(target=read, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_few_tasks_wait_for_threads() -> None:
    taken = []

    def tasks() -> object:
        for i in range(100):
            taken.append(i)
            yield i

    results = in_threads(lambda i: i * i, tasks(), 2)  # type: ignore[arg-type]
    assert next(results) == 0
    assert len(taken) <= 9
    assert list(results) == [i * i for i in range(1, 100)]


def test_sizes() -> None:
    assert [bytes_of(t) for t in ("2 GB", "1.5 GiB", "500mb")] == [2 * 10**9, 3 * 2**29, 5 * 10**8]
    assert memory_of_process() > 10**8
    for text in ("2", "GB", "-1 GB", "2 G"):
        with pytest.raises(ValueError, match="no number"):
            bytes_of(text)


@pytest.mark.parametrize("text", ["2 gigabytes", "1 MB", "[1]", "2"])
def test_a_size_that_is_none_is_refused(
    text: str, make_corpus_csv: Callable[..., Path], write_experiment: Callable[..., Path]
) -> None:
    path = write_experiment(make_corpus_csv(takes=1), rest=f"memory: {text}")
    with pytest.raises(VoxError, match=r"exp\.yaml.*memory"):
        load_experiment(path)


def test_joined_clips() -> None:
    a, b, c = (np.full(2, i, np.int16) for i in range(3))
    joined = JoinedClips((ChosenClips([a, b], (1,)), [c]))
    assert [int(clip[0]) for clip in joined] == [1, 2]
    assert int(joined[-1][0]) == 2
    with pytest.raises(IndexError):
        joined[2]


def test_windows_are_cut_when_wanted() -> None:
    windows = Windows(FEATURES, FRAMES, 5)
    rng = np.random.default_rng(2)
    clips = [rng.integers(-9000, 9000, n).astype(np.int16) for n in (100, 9000, 4000, 20000)]
    cuts = windows.cuts(clips)
    whole, owner = windows.cut_all(clips)
    np.testing.assert_array_equal(cuts.owner, owner)
    np.testing.assert_array_equal(np.concatenate(list(cuts.batches(4))), whole)
    assert {len(batch) for batch in list(cuts.batches(4))[:-1]} == {4}
    places = np.array([len(whole) - 1, 0, 3, 2])
    np.testing.assert_array_equal(cuts.at(places), whole[places])
    np.testing.assert_array_equal(as_cuts(whole).at(places), whole[places])
    assert not list(Cuts([], (), FRAMES, 5, 3).batches())


def test_means_do_not_depend_on_cuts() -> None:
    values = np.random.default_rng(3).integers(-40000, 40000, (37, 5, 3)).astype(np.float32)
    whole = mean_and_deviation(iter([values]))
    parts = mean_and_deviation(iter([values[:10], values[10:11], values[11:]]))
    for a, b, expected in zip(whole, parts, (values.mean((0, 1)), values.std((0, 1))), strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_allclose(a, expected, rtol=1e-4)


def test_clips_on_disk_are_the_same(
    make_corpus_csv: Callable[..., Path], write_experiment: Callable[..., Path], tmp_path: Path
) -> None:
    csv = make_corpus_csv(takes=2)
    broken = csv.parent / "audio/low_ann_0.wav"
    flac = csv.parent / "audio/low_ben_0.wav"
    soundfile.write(flac, *soundfile.read(flac), format="FLAC")
    dataset = load_dataset(load_experiment(write_experiment(csv)))
    broken.write_bytes(broken.read_bytes()[:20])
    for rate in (16000, 8000):
        check_clips(dataset, rate)


def check_clips(dataset: Dataset, rate: int) -> None:
    loaded = [load_clips(dataset, rate, skip_bad_files=True, memory=m) for m in (None, 10_000)]
    for rows, clips in loaded:
        assert len(rows) == len(clips) == len(dataset) - 1
        assert any("skipped" in note for note in rows.notes)
    for a, b in zip(loaded[0][1], loaded[1][1], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", ["classic", "network", "halves", "recurrent", "detector"])
def test_models_do_not_depend_on_memory(
    kind: str,
    full: bool,
    make_corpus_csv: Callable[..., Path],
    write_experiment: Callable[..., Path],
    tmp_path: Path,
) -> None:
    if kind not in {"classic", "network"} and not full:
        pytest.skip("one of each kind is enough; all with --full")
    rest = {
        "classic": CLASSIC, "network": NETWORK, "halves": HALVES, "recurrent": RECURRENT,
        "detector": DETECTOR,
    }[kind]  # fmt: skip
    csv = make_corpus_csv(takes=2, rate=8000)  # what is converted does not stay in its files
    experiment = load_experiment(write_experiment(csv, rest=rest))
    spilled: list[Spool] = []
    spill = Spool._spill
    made = []
    for number, memory in enumerate(("1 GB", SMALL)):
        root = tmp_path / str(number)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Spool, "_spill", lambda self: (spilled.append(self), spill(self)))
            patch.setenv("VOX_CACHE", str(root / "cache"))
            train(experiment.model_copy(update={"memory": memory}), root=root)
        folder = root / "tones"
        names = ("model.vxm", "model.float.npz", "predictions.csv", "metrics.json", "report.html")
        made.append({name: (folder / name).read_bytes() for name in names if (folder / name).is_file()})
        assert len(made[-1]) == 5
        assert bool(spilled) == bool(number)
        for text in (memory, str(root)):
            made[-1] = {name: data.replace(text.encode(), b"") for name, data in made[-1].items()}
    assert made[0] == made[1]


def test_too_many_rows_for_a_classic_model_are_refused() -> None:
    check_rows(1000, 100, 10**7)
    with pytest.raises(VoxError, match="1,000 rows of 100 values"):
        check_rows(1000, 100, 10**6)


def test_folds_share_what_was_read(
    make_corpus_csv: Callable[..., Path],
    write_experiment: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    csv = make_corpus_csv(takes=2, speakers=("ann", "ben", "cem"))
    broken = csv.parent / "audio/low_ann_0.wav"
    data = bytearray(broken.read_bytes())
    experiment = load_experiment(write_experiment(csv, data="skip_bad_files: true", rest=CLASSIC))
    dataset = load_dataset(undivided(experiment), needs=())  # heard while it was whole
    log = Quiet()
    broken.write_bytes(bytes(len(data)))
    shelf = Shelf(experiment, dataset, 16000, log)
    read: list[str] = []
    monkeypatch.setattr("vox_embed.runs.reading.load_sounds", lambda *a, **k: read.append("again"))
    part = replace(dataset, table=dataset.table.iloc[::2].reset_index(drop=True))
    sounds = shelf.sounds(experiment, part, 16000, log)
    assert not read
    assert len(sounds) == len(part) - 1
    assert any(str(broken) in note for note in sounds.rows.notes)
    monkeypatch.undo()
    broken.write_bytes(bytes(data))
    for clip, file in zip(sounds.clips, sounds.rows.table["file"], strict=True):
        np.testing.assert_array_equal(clip, read_audio(file, 16000))
    np.testing.assert_array_equal(sounds.levels, [level_of(clip, 16000) for clip in sounds.clips])


def test_a_fold_is_what_it_is_alone(
    make_corpus_csv: Callable[..., Path], write_experiment: Callable[..., Path], tmp_path: Path
) -> None:
    csv = make_corpus_csv(takes=2, speakers=("ann", "ben", "cem"))
    experiment = load_experiment(write_experiment(csv, rest=CLASSIC))
    outcome = cross_validate(experiment, root=tmp_path / "all")
    dataset = load_dataset(undivided(experiment), needs=())
    by, folds = planned(experiment, dataset)
    settings = held_out(experiment, dataset, by, folds[0])
    train(settings, root=tmp_path / "alone")
    for name in ("model.vxm", "predictions.csv", "splits.csv"):
        a, b = outcome.folder / settings.name / name, tmp_path / "alone" / settings.name / name
        assert a.read_bytes() == b.read_bytes()
