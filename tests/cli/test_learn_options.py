"""Every option of `vox-embed learn` does what docs/audeep.md says, which names a test for each."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from vox_embed.cli.main import main
from vox_embed.features.autoencoder.checkpoints import steps_of
from vox_embed.features.autoencoder.settings import Architecture, Recurrent, Windows, load_architecture
from vox_embed.learn.instances import Instances, Partition, make_table
from vox_embed.learn.netcdf import read_instances, write_instances

pytest.importorskip("netCDF4")
ROOT = Path(__file__).resolve().parents[2]
TIME, FREQ = 5, 8


def options() -> Iterator[tuple[str, set[str]]]:
    """Each command, and its options."""
    import typer

    from vox_embed.cli.learn.group import learn

    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, set[str]]]:
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, (*path, name))
        if path and (not getattr(command, "commands", None) or command.invoke_without_command):
            own = {option for one in command.params for option in one.opts if option.startswith("--")}
            yield " ".join(path), own - {"--help"}

    yield from walk(typer.main.get_command(learn), ())


def rows() -> list[tuple[list[str], list[str], list[str]]]:
    """Commands, options and tests of the table in docs/audeep.md."""
    page = (ROOT / "docs" / "audeep.md").read_text(encoding="utf-8")
    table = page.partition("## Every option, and its test")[2].partition("\n## ")[0]
    cells = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `")]
    return [
        (*(re.findall(r"`([^`]+)`", cell) for cell in row),)
        for row in cells  # type: ignore[misc]
    ]


def test_each_option_has_a_row_and_each_row_a_test() -> None:
    told: dict[str, set[str]] = {}
    for commands, named, tests in rows():
        for command in commands:
            told.setdefault(command, set()).update(named)
        assert tests, named
        for test in tests:
            file, _, function = test.partition("::")
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            known = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
            assert function in known, f"{test} is named in docs/audeep.md, and is not there"
    assert told == dict(options())


# ---- data ---------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], line: str) -> str:
    assert main(["learn", *line.split()]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def instances(count: int = 12, shape: tuple[int, ...] = (6,), *, chunks: int = 1) -> Instances:
    """Two classes that are apart; a third as many of the second; two folds; the last third is TEST."""
    import xarray as xr

    rng = np.random.default_rng(1)
    of_file = np.arange(count) // chunks
    codes = np.array([0, 0, 0, 1] * count)[of_file]
    values = rng.normal(0, 0.3, (count, *shape)) + codes.reshape(-1, *(1 for _ in shape))
    files = [f"{i // chunks}.wav" for i in range(count)]
    table = make_table(
        files,
        [i % chunks for i in range(count)],
        [("a", "b")[code] for code in codes],
        codes.tolist(),
        [Partition.TEST if i >= 2 * count // 3 else Partition.TRAIN for i in range(count)],
    )
    folds = np.stack([of_file % 2, 1 - of_file % 2], axis=1).astype(np.int8)
    dims = ("instance", *(("generated",) if len(shape) == 1 else ("time", "freq")))
    return Instances(table, folds, xr.DataArray(values.astype(np.float32), dims=dims), {"a": 0, "b": 1})


# ---- preprocess ---------------------------------------------------------------------------------------


def sounds(folder: Path) -> None:
    """Stereo, 0.5 s at 8 kHz: a tone left, a higher one right."""
    folder.mkdir()
    time = np.arange(4000) / 8000
    for i in range(3):
        sides = [0.3 * np.sin(2 * np.pi * hertz * time) for hertz in (500, 2000 + 100 * i)]
        soundfile.write(folder / f"{i}.wav", np.stack(sides, axis=1), 8000)


def test_options_of_preprocess(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sounds(here / "set")

    def shape(more: str) -> tuple[int, int, int]:
        said = json.loads(
            run(capsys, f"preprocess --basedir set --parser none --jobs 1 --json --output o.nc {more}")
        )
        return said["instances"], said["time"], said["freq"]

    def values(more: str) -> np.ndarray:
        shape(f"--mel-spectrum 16 {more}")
        data = read_instances(here / "o.nc")
        return data.read(0, len(data))

    assert shape("") == (3, 24, 161)
    assert shape("--window-width 0.08") == (3, 8, 321)
    assert shape("--window-overlap 0.03") == (3, 47, 161)
    assert shape("--mel-spectrum 20") == (3, 24, 20)
    assert shape("--chunk-length 0.1 --chunk-count 4") == (12, 4, 161)
    assert shape("--fixed-length 0.7")[1] == 34
    plain = values("")
    tops = {side: values(f"--channels {side}")[0].mean(axis=0).argmax() for side in ("LEFT", "right")}
    assert tops["LEFT"] < tops["right"]
    assert (values("--channels DIFF") != plain).any()
    high = plain > 0.9
    assert (values("--clip-above -20") > 0.9).sum() > high.sum()
    assert (values("--clip-below -20") == -1).sum() > (plain == -1).sum()
    end, both = (values(f"--fixed-length 0.7 {more}") for more in ("", "--center-fixed"))
    assert end[0, -1].max() == both[0, -1].max() == both[0, 0].max() == -1 < end[0, 0].max()
    assert run(capsys, "inspect raw --basedir set --parser none").count("3")


# ---- training -----------------------------------------------------------------------------------------

_COMMON = "--batch-size 5 --num-epochs 2 --learning-rate 0.01 --keep-models 3 --seed 4"
_LAYER = "--encoder-noise 0.2 --feed-previous-prob 0.3 --keep-prob 0.7 --cell LSTM"


@pytest.mark.parametrize(
    ("kind", "line", "wanted"),
    [
        (
            "t-rae",
            f"--num-layers 2 --num-units 3 --bidirectional-encoder {_LAYER}",
            Architecture("t-rae", (TIME, FREQ), Recurrent(2, 3, True, False, 0.7, 0.2, 0.3, "LSTM")),
        ),
        (
            "f-rae",
            "--freq-window-width 4 --freq-window-overlap 2 --num-layers 1 --num-units 2 "
            f"--bidirectional-decoder {_LAYER}",
            Architecture(
                "f-rae",
                (TIME, FREQ),
                None,
                Recurrent(1, 2, False, True, 0.7, 0.2, 0.3, "LSTM"),
                Windows(4, 2),
            ),
        ),
        (
            "ft-rae",
            "--freq-window-width 4 --freq-window-overlap 0 --num-f-layers 1 --num-f-units 2 --num-t-layers 2 "
            "--num-t-units 3 --bidirectional-f-encoder --bidirectional-t-decoder --keep-prob 0.9 --cell GRU "
            "--f-encoder-noise 0.1 --t-encoder-noise 0.2 --f-feed-previous-prob 0.3 "
            "--t-feed-previous-prob 0.4",
            Architecture(
                "ft-rae",
                (TIME, FREQ),
                Recurrent(2, 3, False, True, 0.9, 0.2, 0.4, "GRU"),
                Recurrent(1, 2, True, False, 0.9, 0.1, 0.3, "GRU"),
                Windows(4, 0),
            ),
        ),
    ],
)
def test_options_of_training_are_kept_with_it(
    here: Path, capsys: pytest.CaptureFixture[str], kind: str, line: str, wanted: Architecture
) -> None:
    pytest.importorskip("tensorflow")
    write_instances(here / "s.nc", instances(12, (TIME, FREQ)))
    run(capsys, f"{kind} train --input s.nc --run-name out --tempdir {here}/large {_COMMON} {line}")
    assert load_architecture(here / "out" / "logs") == wanted
    assert steps_of(here / "out" / "logs") == [3, 6]  # 12 instances in batches of 5, twice
    if kind == "t-rae":
        run(capsys, f"{kind} train --input s.nc --run-name out --continue {_COMMON} --num-epochs 4 {line}")
        assert steps_of(here / "out" / "logs") == [6, 9, 12]
    run(capsys, f"{kind} generate --model-dir out/logs --input s.nc --output f.nc --batch-size 5")
    made = read_instances(here / "f.nc")
    assert made.shape[-1] == wanted.features
    last = steps_of(here / "out" / "logs")
    run(capsys, f"{kind} generate --model-dir out/logs --input s.nc --steps {last[0]} --output g.nc")
    assert (read_instances(here / "g.nc").read(0, 12) != made.read(0, 12)).any()


def test_each_setting_of_an_autoencoder_has_an_effect() -> None:
    """The loss of the same weights, or their shapes."""
    tf = pytest.importorskip("tensorflow")
    from vox_embed.features.autoencoder.fitting import draw_weights
    from vox_embed.features.autoencoder.network import Draws, build, variables

    data = tf.constant(np.random.default_rng(2).normal(0, 0.5, (3, TIME, FREQ)).astype(np.float32))

    def outcome(of: Recurrent, windows: Windows = Windows(4, 2)) -> tuple[float, int]:  # noqa: B008
        network = build(Architecture("ft-rae", (TIME, FREQ), of, of, windows))
        weights = variables(network)
        draw_weights(weights, 3, {"time": TIME, "freq": 3})
        return float(network.loss(data, Draws(tf.constant([1, 2])))), sum(
            int(np.prod(w.shape)) for w in weights
        )

    plain = Recurrent(1, 4, keep_prob=1.0)
    loss, size = outcome(plain)
    changed: dict[str, Any] = {
        "layers": 2,
        "units": 5,
        "bidirectional_encoder": True,
        "bidirectional_decoder": True,
        "keep_prob": 0.5,
        "encoder_noise": 0.9,
        "feed_previous": 0.9,
        "cell": "LSTM",
    }
    for field, value in changed.items():
        other = outcome(replace(plain, **{field: value}))
        assert other[0] != loss, field
        assert (other[1] != size) == (
            field in ("layers", "units", "bidirectional_encoder", "bidirectional_decoder", "cell")
        )
    assert outcome(plain, Windows(4, 0)) != (loss, size)


# ---- classifiers --------------------------------------------------------------------------------------


def test_options_of_classifiers(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorflow")
    from vox_embed.learn import classify

    write_instances(here / "f.nc", instances(24, chunks=2))
    asked: list[Any] = []
    for name in ("cross_validate", "evaluate_partitions", "predict"):
        real = getattr(classify, name)

        def noted(*given: Any, real: Any = real, **more: Any) -> Any:
            asked.append(given)
            return real(*given, **more)

        monkeypatch.setattr(classify, name, noted)
    net = "--num-epochs 5 --learning-rate 0.02 --num-layers 1 --num-units 7 --keep-prob 0.9 --shuffle"
    how = "--repeat 2 --upsample --majority-vote --seed 3"
    said = json.loads(run(capsys, f"mlp evaluate --input f.nc --cross-validate {net} {how} --json"))
    assert len(said["parts"]) == 4  # two folds, twice
    assert asked[-1][1] == classify.Mlp(5, 0.02, 1, 7, 0.9, True)
    assert asked[-1][2] == classify.How(2, True, True, 3)
    parts = "--train-partitions TRAIN --eval-partitions TEST"
    run(capsys, f"svm evaluate --input f.nc {parts} --complexity 0.5 {how}")
    assert asked[-1][1:4] == (
        classify.Svm(0.5),
        classify.How(2, True, True, 3),
        ([Partition.TRAIN], [Partition.TEST]),
    )
    for machine, more in (("svm", "--complexity 0.5"), ("mlp", net)):
        line = f"{machine} predict --train-input f.nc --eval-input f.nc {parts} --upsample --seed 2 {more}"
        run(capsys, f"{line} --output p.tsv")
        assert len((here / "p.tsv").read_text().splitlines()) == 8
        run(capsys, f"{line} --majority-vote --output p.tsv")
        assert len((here / "p.tsv").read_text().splitlines()) == 4
        assert asked[-1][3] == classify.How(1, True, True, 2)


# ---- tables and changes -------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "ARFF"])
def test_options_of_tables(here: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    write_instances(here / "f.nc", replace(instances(), folds=np.zeros((12, 0), np.int8)))
    run(capsys, f"export --input f.nc --format {form} --output t --name other --labels-last")
    files = sorted(path.relative_to(here / "t").as_posix() for path in (here / "t").rglob("other.*"))
    assert files == [f"test/other.{form.lower()}", f"train/other.{form.lower()}"]
    text = (here / "t" / files[0]).read_text()
    assert text.index("generated") < text.index("label_nominal") if "generated" in text else True
    names = {"filename": "f", "chunk_nr": "c", "label_nominal": "word", "label_numeric": "code"}
    for path in (here / "t").rglob("other.*"):
        text = path.read_text()
        for old, new in names.items():
            text = re.sub(rf"\b{old}\b", new, text)
        path.write_text(text)
    options = " ".join(f"--{old.replace('_', '-')}-attribute {new}" for old, new in names.items())
    run(capsys, f"import --basedir t --name other --output g.nc {options}")
    made, given = read_instances(here / "g.nc"), read_instances(here / "f.nc")
    assert sorted(made.column("filename")) == sorted(given.column("filename"))
    assert sorted(made.column("label_nominal")) == sorted(given.column("label_nominal"))
    assert made.partitioned


def test_options_of_changes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_instances(here / "f.nc", instances(24, chunks=2))
    run(capsys, "upsample --input f.nc --partitions TRAIN --seed 1 --output u.nc")
    made = read_instances(here / "u.nc").table
    train = made[made["partition"] == Partition.TRAIN]["label_nominal"].value_counts()
    test = made[made["partition"] == Partition.TEST]["label_nominal"].value_counts()
    assert train["a"] - train["b"] <= 2
    assert test["a"] > 2 * test["b"]
    drawn = []
    for seed in (1, 2):
        run(
            capsys,
            "modify --input f.nc --add-cv-setup 3 --add-partitioning TRAIN DEVEL "
            f"--seed {seed} --output m.nc",
        )
        other = read_instances(here / "m.nc")
        assert other.fold_count == 3
        assert set(other.column("partition")) == {Partition.TRAIN, Partition.DEVEL}
        drawn.append(other.folds.tolist())
    assert drawn[0] != drawn[1]
    run(capsys, "modify --input f.nc --remove-cv-setup --remove-partitioning --output m.nc")
    other = read_instances(here / "m.nc")
    assert (other.fold_count, other.partitioned) == (0, False)
    write_instances(here / "two.nc", instances(24, (TIME, FREQ), chunks=2))
    for dimension, shape in (("time", (2 * TIME, FREQ)), ("freq", (TIME, 2 * FREQ))):
        run(capsys, f"fuse --input two.nc two.nc --dimension {dimension} --output o.nc")
        assert read_instances(here / "o.nc").shape == shape
        run(capsys, f"fuse chunks --input two.nc --dimension {dimension} --output o.nc")
        whole = read_instances(here / "o.nc")
        assert (len(whole), whole.shape) == (12, shape)
    said = json.loads(run(capsys, "validate --input f.nc --detailed --json"))
    assert said
    assert "3" in run(capsys, "inspect netcdf --input f.nc --instance 3 --detailed-folds")


# ---- bad input ----------------------------------------------------------------------------------------


BAD = (
    ("t-rae train --input s.nc wide.nc --run-name out", "5 x 9 values, those of s.nc 5 x 8"),
    ("fuse --input f.nc chunks.nc --output out.nc", "has no instance 6.wav"),
    ("svm evaluate --input map.nc --cross-validate --complexity 1", "`b` is not in the label map"),
    (
        "svm predict --train-input map.nc --eval-input f.nc --complexity 1 --output p",
        "`b` is not in the label map",
    ),
    ("fuse chunks --input chunks.nc --output out.nc", "different numbers of chunks (1 to 2)"),
    ("f-rae generate --model-dir run/logs --input s.nc --output out.nc", "holds a t-rae"),
    ("t-rae generate --model-dir run/logs --input wide.nc --output out.nc", "trained on (5, 8)"),
    ("t-rae train --input s.nc --run-name run --continue --num-units 5", "trained with other settings"),
    ("import --basedir twice --name f --output out.nc", "is there twice"),
    ("svm evaluate --input empty.nc --cross-validate --complexity 1", "fold 1 has an empty training split"),
    (
        "svm evaluate --input f.nc --train-partitions DEVEL --eval-partitions TEST --complexity 1",
        "partition DEVEL is empty",
    ),
    ("upsample --input f.nc --partitions DEVEL --output out.nc", "partition DEVEL is empty"),
    ("mlp evaluate --input torn.nc --cross-validate", "fold 1: chunks of 0.wav are to be learned from"),
    ("svm evaluate --input nan.nc --cross-validate --complexity 1", "3.wav, chunk 0 (instance 3): its feat"),
    ("export --input nan.nc --format arff --output out", "3.wav, chunk 0 (instance 3): its feat"),
    ("t-rae train --input s.nc gap.nc --run-name out", "2.wav, chunk 0 (instance 2): its feat"),
    ("t-rae generate --model-dir run/logs --input gap.nc --output out.nc", "2.wav, chunk 0 (instance 2)"),
    ("fuse --input f.nc f.nc --output twice", "is a folder, not a file"),
    ("fuse --input f.nc f.nc --output pipe", "is a named pipe, not a file"),
    ("preprocess --basedir twice --fixed-length nan", "--fixed-length nan"),
    ("preprocess --basedir twice --chunk-length inf --chunk-count 2", "--chunk-length inf"),
    ("preprocess --basedir twice --clip-above nan", "--clip-above nan"),
)
"""Shapes, labels, chunks, checkpoints, folds, partitions, numbers and places that do not fit."""


def _without_a_number(data: Instances, row: int, value: float) -> Instances:
    features = data.features.copy(deep=True)
    features[row, 0] = value
    return replace(data, features=features)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("tensorflow")
    folder = tmp_path_factory.mktemp("bad")
    whole, sounds_, chunks = instances(), instances(12, (TIME, FREQ)), instances(12, chunks=2)
    every = np.zeros((12, 2), np.int8)
    every[:, 0] = 1
    torn = replace(chunks, folds=np.array([[row % 2, 1 - row % 2] for row in range(12)], np.int8))
    for name, data in {
        "s": sounds_,
        "wide": instances(12, (TIME, FREQ + 1)),
        "f": whole,
        "map": replace(whole, label_map={"a": 0}),
        "chunks": chunks.chosen(range(11)),
        "empty": replace(whole, folds=every),
        "torn": torn,
        "nan": _without_a_number(whole, 3, np.nan),
        "gap": _without_a_number(sounds_, 2, np.inf),
    }.items():
        write_instances(folder / f"{name}.nc", data, [np.asarray(data.features.values)])
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe")
    assert main(["learn", "t-rae", "train", "--input", f"{folder}/s.nc", "--run-name", f"{folder}/run"]) == 0
    assert (
        main(
            ["learn", "export", "--input", f"{folder}/f.nc", "--format", "csv", "--output", f"{folder}/twice"]
        )
        == 0
    )
    table = next((folder / "twice").rglob("fold_1/f.csv"))
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines, lines[1]]) + "\n")  # an instance twice in one fold
    return folder


@pytest.mark.parametrize(("line", "says"), BAD, ids=[says for _, says in BAD])
def test_bad_input_is_refused_and_nothing_is_written(
    spoilt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, says: str
) -> None:
    monkeypatch.chdir(spoilt)
    before = {path: path.stat().st_mtime_ns for path in spoilt.rglob("*") if path.is_file()}
    assert main(["learn", *line.split()]) == 1
    assert says in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in spoilt.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "line",
    [
        "fuse --input f.nc f.nc --output out.nc",
        "export --input f.nc --format csv --output table",
        "t-rae train --input s.nc --run-name out --num-epochs 1 --num-units 40",
    ],
)
def test_a_disk_that_is_full(
    spoilt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    """Files of this process may have 100 bytes at most, as if there were no more room."""
    resource = pytest.importorskip("resource")
    monkeypatch.chdir(spoilt)
    before = {path for path in spoilt.rglob("*") if path.is_file()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        status = main(["learn", *line.split()])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said = capsys.readouterr().err
    assert status == 1, said
    assert "error: " in said
    left = {path for path in spoilt.rglob("*") if path.is_file()} - before
    assert not [path for path in left if path.suffix in (".nc", ".csv", ".npz", ".keras")], left
