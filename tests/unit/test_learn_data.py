"""Data sets of learned features: files, rules, layouts, spectrograms, what is made of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vox_embed.data.layouts.base import Partition
from vox_embed.experiment.errors import VoxError
from vox_embed.features.decibels import Spectrum, mel_weights
from vox_embed.learn import changed
from vox_embed.learn.constraints import broken_constraints
from vox_embed.learn.instances import Instances, make_table
from vox_embed.learn.netcdf import read_instances, write_instances
from vox_embed.learn.parsing import parse
from vox_embed.learn.preprocess import Cut, preprocess
from vox_embed.learn.tables import export, import_tables

xarray = pytest.importorskip("xarray")


def instances(files: int = 6, chunks: int = 2, shape: tuple[int, ...] = (3,), *, folds: int = 3) -> Instances:
    names = [f"f{i}.wav" for i in range(files) for _ in range(chunks)]
    number = np.repeat(np.arange(files), chunks)
    label = ["yes" if i % 2 else "no" for i in number]
    cv = np.array([[int(i % folds == f) for f in range(folds)] for i in number], np.int8).reshape(
        len(names), folds
    )
    values = np.random.default_rng(1).standard_normal((len(names), *shape)).astype(np.float32)
    dims = ("instance", *("time", "freq")[: len(shape)]) if len(shape) > 1 else ("instance", "generated")
    table = make_table(
        names,
        [c for _ in range(files) for c in range(chunks)],
        label,
        [int(text == "yes") for text in label],
        [int(i % 3) for i in number],
    )
    return Instances(table, cv, xarray.DataArray(values, dims=dims), {"no": 0, "yes": 1})


def same(a: Instances, b: Instances) -> None:
    assert a.table.equals(b.table)
    np.testing.assert_array_equal(a.folds, b.folds)
    np.testing.assert_array_equal(a.read(0, len(a)), b.read(0, len(b)))
    assert (a.dims, a.label_map) == (b.dims, b.label_map)


def test_files_both_ways(tmp_path: Path) -> None:
    data = instances(shape=(4, 5))
    write_instances(tmp_path / "a" / "x.nc", data)
    same(data, read_instances(tmp_path / "a" / "x.nc"))
    plain = xarray.open_dataset(tmp_path / "a" / "x.nc")
    assert set(plain.variables) == {
        "filename", "chunk_nr", "label_nominal", "label_numeric", "cv_folds", "partition", "features",
    }  # fmt: skip
    assert dict(plain.sizes) == {"instance": 12, "fold": 3, "time": 4, "freq": 5}
    assert list(plain["filename"].values[:3]) == ["f0.wav", "f0.wav", "f1.wav"]
    assert json.loads(plain.attrs["label_map"]) == {"no": 0, "yes": 1}


def test_unknown_things_stay_unknown(tmp_path: Path) -> None:
    data = instances(folds=1)
    data = replace(data, table=make_table(data.column("filename"), data.column("chunk_nr")), label_map=None)
    data = changed.without_folds(data)
    write_instances(tmp_path / "x.nc", data)
    again = read_instances(tmp_path / "x.nc")
    same(data, again)
    assert (again.labelled, again.partitioned, again.fold_count) == (False, False, 0)


def test_a_file_made_by_hand_opens(tmp_path: Path) -> None:
    """Names of dimensions and the kinds of numbers are free; partition and labels may be missing."""
    xarray.Dataset(
        {
            "FILENAME": ("instance", np.array(["a.wav", "b.wav"], object)),
            "CHUNK_NR": ("instance", np.array([0, 0], np.int64)),
            "CV_FOLDS": (("instance", "fold"), np.array([[0, 1], [1, 0]], np.int64)),
            "FEATURES": (("instance", "x", "y"), np.ones((2, 3, 4))),
            "LABEL_NUMERIC": ("instance", np.array([1.0, np.nan])),
        }
    ).to_netcdf(tmp_path / "x.nc")
    data = read_instances(tmp_path / "x.nc")
    assert (data.column("filename"), data.dims, data.shape) == (["a.wav", "b.wav"], ("x", "y"), (3, 4))
    assert data.column("label_numeric") == [1, None]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda d: d.drop_vars("cv_folds"), "has no variable cv_folds"),
        (lambda d: d.assign(features=("other", np.zeros(5))), "features runs along"),
        (
            lambda d: d.assign(cv_folds=(("instance", "fold"), np.full((12, 3), 2))),
            "other values than 0 and 1",
        ),
        (lambda d: d.assign(partition=("instance", np.full(12, 7))), "partition 7"),
        (lambda d: d.assign(chunk_nr=("instance", np.full(12, 0.5))), "not whole"),
        (lambda d: d.assign_attrs(label_map="[1]"), "label_map"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, spoil: Callable[..., object], says: str) -> None:
    write_instances(tmp_path / "x.nc", instances())
    spoil(xarray.load_dataset(tmp_path / "x.nc")).to_netcdf(tmp_path / "y.nc")  # type: ignore[attr-defined]
    with pytest.raises(VoxError, match=says):
        read_instances(tmp_path / "y.nc")


def test_no_netcdf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.nc").write_bytes(b"hello, this is no netCDF file at all")
    with pytest.raises(VoxError, match="cannot be read as netCDF 4"):
        read_instances(tmp_path / "x.nc")
    with pytest.raises(VoxError, match="no such file"):
        read_instances(tmp_path / "y.nc")


def _with(data: Instances, column: str, index: int, value: object) -> Instances:
    cells = data.column(column)
    cells[index] = value
    columns = {name: data.column(name) for name in data.table.columns} | {column: cells}
    return replace(data, table=make_table(**columns))


def _folds(data: Instances) -> Instances:
    folds = data.folds.copy()
    folds[3] = 1 - folds[3]
    return replace(data, folds=folds)


@pytest.mark.parametrize(
    ("spoil", "numbers", "bad"),
    [
        (lambda d: replace(_with(d, "label_nominal", 3, "maybe"), label_map=None), {1}, (2, 3)),
        (lambda d: replace(_with(d, "label_numeric", 3, 5), label_map=None), {2}, (2, 3)),
        (_folds, {3}, (2, 3)),
        (lambda d: _with(d, "partition", 3, 0), {4}, (2, 3)),
        (lambda d: replace(d, label_map={"no": 0, "yes": 2}), {5}, (2, 3, 6, 7, 10, 11)),
        (lambda d: d.chosen([*range(11)]), {6}, (10,)),
        (lambda d: _with(d, "chunk_nr", 3, 0), {7}, (2, 3)),
    ],
)
def test_each_rule_is_checked(
    spoil: Callable[[Instances], Instances], numbers: set[int], bad: tuple[int, ...]
) -> None:
    data = instances()
    assert not broken_constraints(data)
    found = broken_constraints(spoil(data))
    assert {broken.number for broken in found} == numbers
    assert found[0].instances == bad


def test_upsampling_balances_and_stays_sound() -> None:
    data = instances(files=7, chunks=2)
    data = data.chosen(
        [i for i in range(len(data)) if data.column("filename")[i] not in {"f1.wav", "f3.wav"}]
    )
    made = changed.upsampled(data)
    counts = made.table["label_nominal"].value_counts()
    assert counts["yes"] == counts["no"] == 8
    assert not broken_constraints(made)
    same(made.chosen(range(len(data))), data)
    with pytest.raises(VoxError, match="every instance has a label"):
        changed.upsampled(replace(data, table=make_table(data.column("filename"), data.column("chunk_nr"))))


def test_folds_and_partitions_keep_files_whole() -> None:
    data = changed.with_partitions(
        changed.with_folds(instances(files=10), 5, 3), [Partition.TRAIN, Partition.TEST], 3
    )
    assert data.folds.sum(axis=0).tolist() == [4] * 5
    assert sorted(data.table["partition"].value_counts().tolist()) == [10, 10]
    assert not broken_constraints(data)
    assert changed.without_folds(data).fold_count == 0
    assert not changed.without_partitions(data).partitioned
    with pytest.raises(VoxError, match="11 folds of 10 files"):
        changed.with_folds(data, 11)


def test_fusing(tmp_path: Path) -> None:
    a = instances()
    order = np.random.default_rng(2).permutation(len(a))
    b = replace(a, features=a.features * 2).chosen(order)
    made, blocks = changed.fused_blocks([("a.nc", a), ("b.nc", b)], "generated")
    write_instances(tmp_path / "x.nc", made, blocks)
    both = read_instances(tmp_path / "x.nc")
    np.testing.assert_array_equal(
        both.read(0, 12), np.concatenate([a.read(0, 12), 2 * a.read(0, 12)], axis=1)
    )
    chunks, blocks = changed.fused_chunks(a, "generated")
    np.testing.assert_array_equal(np.concatenate(list(blocks)), a.read(0, 12).reshape(6, 6))
    assert chunks.column("chunk_nr") == [0] * 6
    for spoilt, says in (
        (b.chosen(range(11)), "b.nc: has no instance"),
        (_with(a, "label_nominal", 2, "no"), "label_nominal of f1.wav is no, in a.nc yes"),
        (changed.without_folds(a), "its folds"),
        (replace(a, features=xarray.DataArray(np.zeros((12, 3)), dims=("instance", "z"))), "do not fit"),
    ):
        with pytest.raises(VoxError, match=says):
            changed.fused_blocks([("a.nc", a), ("b.nc", spoilt)], "generated")
    with pytest.raises(VoxError, match="no dimension `freq`"):
        changed.fused_chunks(a, "freq")


@pytest.mark.parametrize("form", ["csv", "arff"])
@pytest.mark.parametrize(("folds", "parts"), [(True, False), (False, True), (False, False), (True, True)])
@pytest.mark.parametrize("last", [True, False])
def test_tables_both_ways(tmp_path: Path, form: str, folds: bool, parts: bool, last: bool) -> None:
    data = instances()
    data = data if folds else changed.without_folds(data)
    data = data if parts else changed.without_partitions(data)
    written = export(data, tmp_path, "it's here", form, labels_last=last)  # type: ignore[arg-type]
    wanted = (3 if folds else 1) * (3 if parts else 1)
    assert len(written) <= wanted
    again = import_tables(tmp_path, "it's here")
    order = np.lexsort((again.table["chunk_nr"], again.table["filename"]))
    again = again.chosen(order)
    if folds and parts:  # a fold that is empty in a partition has no rows to tell of it
        assert again.table.equals(data.table)
    else:
        same(data, again)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "no column `label_nominal`"),
        ("label_nominal,x\nyes,1,2\n", "x.csv:2: 3 cells"),
        ("label_nominal,x\nyes,high\n", "x.csv:2: x: `high` is no number"),
        ("label_nominal,x\n,1\n", "x.csv:2: no nominal label"),
        ("label_nominal,label_numeric,x\nyes,1,1\nyes,2,1\n", "`yes` has the numbers"),
        ("", "is empty"),
    ],
)
def test_broken_tables(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    with pytest.raises(VoxError, match=says):
        import_tables(tmp_path, "x")


# ---- layouts and spectrograms ------------------------------------------------------------------------


def _sound(path: Path, seconds: float = 0.2, rate: int = 8000, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(str(path))).uniform(-0.5, 0.5, (round(seconds * rate), channels))
    soundfile.write(path, noise, rate)


def test_every_layout(tmp_path: Path) -> None:
    esc = tmp_path / "esc"
    for name in ("001 - Dog bark/1-a.wav", "001 - Dog bark/2-b.wav", "002 - Rain/1-c.wav"):
        _sound(esc / name)
    found = parse(esc)
    assert [(item.label, sorted(item.folds)) for item in found.recordings] == [
        ("Dog bark", [0]),
        ("Dog bark", [1]),
        ("Rain", [0]),
    ]
    assert (found.fold_count, found.label_map) == (2, {"Dog bark": 0, "Rain": 1})

    urban = tmp_path / "urban"
    _sound(urban / "audio" / "fold1" / "a.wav")
    _sound(urban / "audio" / "fold2" / "b.wav")
    (urban / "metadata").mkdir()
    (urban / "metadata" / "UrbanSound8K.csv").write_text(
        "slice_file_name,fold,classID,class\na.wav,1,3,siren\nb.wav,2,7,drill\n"
    )
    found = parse(urban)
    assert (found.fold_count, found.label_map) == (2, {"siren": 3, "drill": 7})

    dcase = tmp_path / "dcase"
    for name in "abc":
        _sound(dcase / "audio" / f"{name}.wav")
    (dcase / "meta.txt").write_text("audio/a.wav\tbeach\tx\naudio/b.wav\tbus\tx\naudio/c.wav\tbus\tx\n")
    (dcase / "evaluation_setup").mkdir()
    (dcase / "evaluation_setup" / "fold1_train.txt").write_text("audio/a.wav\tbeach\n")
    (dcase / "evaluation_setup" / "fold2_train.txt").write_text("audio/b.wav\tbus\naudio/c.wav\tbus\n")
    found = parse(dcase)
    assert [sorted(item.folds) for item in found.recordings] == [[1], [0], [0]]

    for top, kind in (("train", "partition"), ("fold_1", "fold")):
        base = tmp_path / kind
        _sound(base / top / "yes" / "a.wav")
        _sound(base / ("test" if top == "train" else "fold_2") / "no" / "b.wav")
        found = parse(base)
        assert {item.label for item in found.recordings} == {"yes", "no"}
        assert found.fold_count == (0 if top == "train" else 2)

    assert len(parse(tmp_path, "none").recordings) == 12
    assert len(parse(esc, "audeep.backend.parsers.esc.ESCParser").recordings) == 3
    with pytest.raises(VoxError, match="none of the ways"):
        parse(tmp_path)
    with pytest.raises(VoxError, match="`nonsense` is unknown"):
        parse(esc, "nonsense")


def test_a_parser_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _sound(tmp_path / "data" / "a.wav")
    (tmp_path / "mine.py").write_text(
        "from vox_embed.data.layouts.base import Parsed, Parser, Recording\n"
        "class Mine(Parser):\n"
        "    def can_parse(self):\n        return True\n"
        "    def parse(self):\n"
        "        return Parsed((Recording(self.basedir / 'a.wav', 'x'),), 0, {'x': 0})\n"
    )
    monkeypatch.chdir(tmp_path)
    assert parse(tmp_path / "data", "mine.Mine").recordings[0].label == "x"
    with pytest.raises(VoxError, match="no subclass"):
        parse(tmp_path / "data", "mine.Parsed")


def test_a_tone_is_where_it_belongs() -> None:
    rate = 16000
    samples = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    spectrum = Spectrum(0.08, 0.04, mel=None, clip_below=-60)
    values = spectrum.decibels(samples, rate)
    assert values.shape == (spectrum.frames(rate, rate), 641)
    assert set(values.argmax(axis=1)) == {80}
    assert values.max() == 0
    assert values.min() == -60
    scaled = spectrum.spectrogram(samples, rate)
    assert (float(scaled.min()), float(scaled.max())) == (-1, 1)
    np.testing.assert_allclose(scaled, values / 30 + 1, atol=1e-5)
    assert (spectrum.spectrogram(np.zeros(rate), rate) == -1).all()


def test_mel_bands_are_htks() -> None:
    import librosa

    ours = mel_weights(40, 512, 16000)
    np.testing.assert_allclose(
        ours, librosa.filters.mel(sr=16000, n_fft=512, n_mels=40, htk=True, norm=None), atol=1e-5
    )
    assert (mel_weights(128, 256, 8000).sum(axis=1) > 0).all()


def test_preprocessing_chunks_channels_and_lengths(tmp_path: Path) -> None:
    for i in range(4):
        _sound(tmp_path / "in" / "train" / ("yes" if i % 2 else "no") / f"{i}.wav", 0.5 + 0.1 * i, channels=2)
    data = parse(tmp_path / "in")
    spectrum = Spectrum(0.02, 0.01, mel=12, clip_below=-50)
    shape = preprocess(tmp_path / "in", data, spectrum, Cut(0.25, 2, channels="DIFF"), tmp_path / "x.nc", 1)
    assert shape == (8, 24, 12)
    made = read_instances(tmp_path / "x.nc")
    assert made.column("filename")[:3] == ["train/no/0.wav", "train/no/0.wav", "train/no/2.wav"]
    assert made.column("partition") == [0] * 8
    assert not broken_constraints(made)
    with pytest.raises(VoxError, match="set --fixed-length"):
        preprocess(tmp_path / "in", data, spectrum, Cut(), tmp_path / "y.nc", 1)
    with pytest.raises(VoxError, match="fewer than 3 chunks"):
        preprocess(tmp_path / "in", data, spectrum, Cut(0.25, 3), tmp_path / "y.nc", 1)
    assert not (tmp_path / "y.nc").exists()
    assert preprocess(tmp_path / "in", data, spectrum, Cut(fixed_length=1), tmp_path / "z.nc", 1) == (
        4,
        99,
        12,
    )


def test_cutting_and_padding() -> None:
    cut = Cut(fixed_length=0.1)
    with pytest.raises(VoxError, match="go together"):
        Cut(chunk_length=1)
    with pytest.raises(VoxError, match="does nothing"):
        Cut(center_fixed=True)
    assert cut.channels == "MEAN"


def test_fixed_length_at_both_ends(tmp_path: Path) -> None:
    samples = np.arange(1, 101) / 200
    soundfile.write(tmp_path / "a.wav", samples, 1000, "DOUBLE")
    middle, _ = Cut(fixed_length=0.05, center_fixed=True).read(tmp_path / "a.wav")
    np.testing.assert_allclose(middle, samples[25:75])
    padded, _ = Cut(fixed_length=0.2, center_fixed=True).read(tmp_path / "a.wav")
    np.testing.assert_allclose(padded, np.pad(samples, 50))
    samples[3] = np.nan
    soundfile.write(tmp_path / "b.wav", samples, 1000, "DOUBLE")
    with pytest.raises(VoxError, match="not numbers"):
        Cut().read(tmp_path / "b.wav")
    samples[3] = 4 / 200
    first, _ = Cut(fixed_length=0.05).read(tmp_path / "a.wav")
    np.testing.assert_allclose(first, samples[:50])


def test_a_fixed_reference_knows_no_clip() -> None:
    """Levels re full scale: the same whatever else is in the clip."""
    spectrum = Spectrum(0.064, 0.032, 40, None, -90.0, full_scale=True)
    time = np.arange(8000) / 8000
    sine = np.sin(2 * np.pi * 1000 * time)
    loud, soft = (spectrum.spectrogram(gain * sine, 8000) for gain in (1.0, 0.1))
    assert loud.max() == 1
    away = (loud - soft)[:, loud.max(axis=0) < 1]
    clipped = (soft > -1)[:, loud.max(axis=0) < 1]
    np.testing.assert_allclose(away[clipped], 2 * 20 / 90, atol=1e-5)
    assert (spectrum.spectrogram(np.zeros(8000), 8000) == -1).all()
    both = spectrum.spectrogram(np.concatenate([0.1 * sine, sine]), 8000)
    np.testing.assert_array_equal(both[: len(soft)], soft)
