"""The experiment file: what it means, and what is said about mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from vox_embed.experiment import Experiment, VoxError, load_experiment
from vox_embed.experiment.results import resolved_yaml
from vox_embed.experiment.schema.base import Section
from vox_embed.experiment.schema.selection import Selection
from vox_embed.experiment.schema.walk import values_of_mapping, variants
from vox_embed.experiment.yaml_tree import parse_yaml

MINIMAL = """\
name: tones
data:
  databases:
    tones:
      path: tones.csv
"""


def load(tmp_path: Path, text: str, **options: bool) -> Experiment:
    path = tmp_path / "exp.yaml"
    path.write_text(text)
    return load_experiment(path, **options)


def complaint(tmp_path: Path, text: str) -> str:
    with pytest.raises(VoxError) as caught:
        load(tmp_path, text)
    return str(caught.value)


def test_defaults_and_paths_relative_to_the_file(tmp_path: Path) -> None:
    experiment = load(tmp_path, MINIMAL)
    assert experiment.data.databases["tones"].path == tmp_path / "tones.csv"
    assert experiment.path == tmp_path / "exp.yaml"
    assert experiment.seed == 7
    assert experiment.model.type == "dscnn"
    assert experiment.features.fft_samples == 512
    assert experiment.window_frames == 1 + (16000 - 480) // 320
    assert experiment.stride_frames == 12  # 250 ms / 20 ms, to even


def test_a_folder_stands_for_its_exp_yaml(tmp_path: Path) -> None:
    (tmp_path / "exp.yaml").write_text(MINIMAL)
    assert load_experiment(tmp_path).name == "tones"


def test_environment_variables_in_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = MINIMAL.replace("tones.csv", "${SOUNDS}/a/tones.csv")
    monkeypatch.setenv("SOUNDS", "/sounds")
    assert load(tmp_path, text).data.databases["tones"].path == Path("/sounds/a/tones.csv")
    monkeypatch.delenv("SOUNDS")
    message = complaint(tmp_path, text)
    assert "exp.yaml:5" in message and "`SOUNDS` is not set" in message and "export SOUNDS=" in message
    assert load(tmp_path, text, expand=False).data.databases["tones"].path == Path("${SOUNDS}/a/tones.csv")


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "y", "n", "Yes", "NO"])
def test_words_that_older_yaml_takes_for_booleans_are_labels(tmp_path: Path, word: str) -> None:
    experiment = load(tmp_path, MINIMAL + f"  labels: [{word}, 03, 7, 1.5]\n")
    assert experiment.data.labels == (word, "03", "7", "1.5")


def test_numbers_in_filters_and_splits_are_text(tmp_path: Path) -> None:
    text = (
        MINIMAL
        + "      split_strategy: specified\n      test: {take: [0, 1], sex: f}\n      filter: [[take, 3]]\n"
    )
    database = load(tmp_path, text).data.databases["tones"]
    assert database.test == {"take": ("0", "1"), "sex": ("f",)}
    assert database.filter == (("take", ("3",)),)


def test_scientific_numbers(tmp_path: Path) -> None:
    assert load(tmp_path, MINIMAL + "model: {type: dscnn, learning_rate: 1e-3}\n").model.learning_rate == 1e-3


def test_resolved_file_gives_an_equal_experiment(tmp_path: Path) -> None:
    text = (
        MINIMAL
        + "      split_strategy: specified\n      test: {take: [no, 3]}\n"
        + "  labels: [yes, no, '03']\nmodel: {type: cnn, widths: [4, 5, 6]}\naugment: {gain_db: [-3, 3]}\n"
        + "features: {type: logmel, sample_rate: 8000, fmax: 3800}\n"
    )
    first = load(tmp_path, text)
    (tmp_path / "sub").mkdir()
    again = load(tmp_path / "sub", resolved_yaml(first))
    assert again.model_dump() == first.model_dump()
    assert "history: 4" in resolved_yaml(first)  # a default, written out


def test_resolved_list_of_features_gives_an_equal_experiment(tmp_path: Path) -> None:
    text = (
        MINIMAL
        + "features:\n  - {type: mfcc, deltas: 1}\n  - {type: lld, names: [loudness, f0]}\n"
        + "window: {functionals: [mean, std]}\nmodel: {type: forest, trees: 3}\n"
    )
    first = load(tmp_path, text)
    (tmp_path / "sub").mkdir()
    again = load(tmp_path / "sub", resolved_yaml(first))
    assert again.model_dump() == first.model_dump()
    assert "did you mean `names`?" in complaint(tmp_path, text.replace("names:", "name:"))


def test_root_folders_fill_in_what_the_experiment_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "roots").mkdir()
    roots = tmp_path / "roots" / "here.yaml"
    roots.write_text("tones: {path: sounds/t.csv, split_strategy: random, test_size: 30}\nother: {path: x}\n")
    text = "name: t\ndata:\n  root_folders: roots/here.yaml\n  databases:\n    tones: {test_size: 40}\n"
    database = load(tmp_path, text).data.databases["tones"]
    assert (database.path, database.test_size) == (tmp_path / "roots" / "sounds" / "t.csv", 40)
    assert database.split_strategy == "random"
    roots.write_text("tones:\n  path: sounds/t.csv\n  split_stategy: random\n")
    assert "here.yaml:3: unknown key `split_stategy`" in complaint(tmp_path, text)


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (
            "      split_stategy: random\n",
            ["exp.yaml:6", "`split_stategy`", "did you mean `split_strategy`?"],
        ),
        ("      testsplit: 4\n", ["exp.yaml:6", "did you mean `test_size`?"]),
        ("      min_length: 4\n", ["did you mean `min_duration_of_sample`?"]),
        ("samples_per_speaker: 3\n", ["exp.yaml:6", "limit_samples_per_speaker"]),
        ("bands: 3\n", ["exp.yaml:6", "`bands` belongs in `features`"]),
        ("seed: x\n", ["exp.yaml:6", "seed: expected a whole number, got `x`"]),
        ("seed: true\n", ["expected a whole number"]),
        ("seed: -1\n", ["exp.yaml:6", "seed", "-1"]),
        ("features:\n  bands: 4.5\n", ["exp.yaml:7", "features.bands: expected a whole number, got `4.5`"]),
        ("features: 3\n", ["expected a section"]),
        ("features: {type: mfc}\n", ["features type", "`mfc`", "mfcc"]),
        ("features: {sample_rate: 11025}\n", ["features.sample_rate", "`11025`", "16000"]),
        ("features:\n  fmax: 9000\n", ["exp.yaml:7", "features.fmax", "half the sample rate"]),
        ("features: {fmin: 5000, fmax: 4000}\n", ["features.fmin", "not below fmax"]),
        ("features: {window_ms: 20, hop_ms: 30}\n", ["features.hop_ms", "longer than the window"]),
        ("features: {fft_size: 256}\n", ["features.fft_size", "smaller than the window (480 samples)"]),
        ("features: {fft_size: 500}\n", ["features.fft_size", "power of two"]),
        ("window:\n  stride_ms: 10\n  length_ms: 20\n", ["exp.yaml:8", "shorter than one frame"]),
        ("window: {stride_ms: 2000}\n", ["window.stride_ms", "longer than the window"]),
        ("window: {length_ms: 60000}\n", ["window.length_ms", "at most 1024"]),
        ("model: {type: dscn}\n", ["exp.yaml:6", "unknown model type `dscn`", "did you mean `dscnn`?"]),
        ("model: {width: 8}\n", ["`type` is missing in `model`", "cnn, crnn, dscnn"]),
        ("model: {type: cnn, blocks: 3}\n", ["unknown key `blocks` in `model`"]),
        ("model: {type: dscnn, blocks: 1, strides: [1, 1]}\n", ["model.strides", "2 strides for 1 blocks"]),
        (
            "model: {type: stream_cnn}\nwindow: {normalise: mean}\n",
            ["window.normalise", "takes each frame once", "none"],
        ),
        (
            "model: {type: stream_cnn}\nwindow: {stride_ms: 70}\nfeatures: {hop_ms: 10}\n",
            ["window.stride_ms", "7 frames", "the 2 that a run takes"],
        ),
        ("model: {type: stream_cnn, kernels: [3, 0]}\n", ["model.kernels", "1 to 255"]),
        ("model: {type: stream_dscnn, blocks: 1, band_strides: [1, 1]}\n", ["band_strides", "2 strides"]),
        ("augment: {gain_db: [5, -5]}\n", ["augment.gain_db", "above the second"]),
        ("augment: {gain_db: 5}\n", ["augment.gain_db", "expected a list"]),
        ("augment: {freq_mask: 40}\n", ["augment.freq_mask", "all 40 bands"]),
        ("decision: {threshold_on: 0.3}\n", ["decision.threshold_off", "above threshold_on"]),
        ("  labels: [a, b]\ndecision: {background: [c]}\n", ["decision.background", "`c`"]),
        ("  labels: [a]\n", ["exp.yaml:6", "one label only"]),
        ("  labels: [a, a]\n", ["given twice"]),
        ("      split_strategy: specified\n", ["which rows are test"]),
        ("      test: {take: 1}\n", ["`test` needs `split_strategy: specified`"]),
        ("      split_strategy: train\n      test_size: 30\n", ["exp.yaml:7", "`test_size` has no meaning"]),
        ("      test_size: 100\n", ["test_size", "100"]),
        ("name: again\n", ["exp.yaml:6", "`name` was already given in line 1"]),
        ("features: {fmax: .nan}\n", ["exp.yaml:6", "expected a finite number, got `nan`"]),
        ("\tx: 1\n", ["exp.yaml:6", "not valid YAML"]),
        ("x: [1\n", ["not valid YAML"]),
        ("x: !!python/object:os.system {}\n", ["exp.yaml:6"]),
    ],
)
def test_mistakes_are_named_with_file_line_and_remedy(
    tmp_path: Path, added: str, expected: list[str]
) -> None:
    message = complaint(tmp_path, MINIMAL + added)
    for part in expected:
        assert part in message, message


def test_several_mistakes_are_listed_in_the_order_of_the_file(tmp_path: Path) -> None:
    message = complaint(tmp_path, MINIMAL + "sead: 3\nseed: x\nmodel: {type: dscnn, widht: 3}\n")
    assert message.index("exp.yaml:6") < message.index("exp.yaml:7") < message.index("exp.yaml:8")
    assert "3 mistakes" in message


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "just words\n"])
def test_a_file_that_is_no_experiment(tmp_path: Path, text: str) -> None:
    assert "exp.yaml" in complaint(tmp_path, text)


def test_missing_parts_and_files(tmp_path: Path) -> None:
    assert "`data` is missing" in complaint(tmp_path, "name: x\n")
    assert "`path` is missing in `data.databases.a`" in complaint(
        tmp_path, "name: x\ndata: {databases: {a: {}}}\n"
    )
    with pytest.raises(VoxError, match="no such file"):
        load_experiment(tmp_path / "absent.yaml")


def test_names_that_would_leave_the_results_folder(tmp_path: Path) -> None:
    for name in ("../up", "a/b", ".hidden", "''"):
        assert "name" in complaint(tmp_path, MINIMAL.replace("name: tones", f"name: {name}"))


def test_aliases_cannot_blow_a_file_up(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert "too large" in complaint(tmp_path, "\n".join(lines) + "\n")
    assert "contains itself" in complaint(tmp_path, "a: &a [*a]\n")


def test_merge_keys_and_anchors(tmp_path: Path) -> None:
    text = MINIMAL.replace(
        "      path: tones.csv", "      <<: {path: a.csv, test_size: 30}\n      test_size: 40"
    )
    assert load(tmp_path, text).data.databases["tones"].test_size == 40


def test_experiments_cannot_be_changed(tmp_path: Path) -> None:
    experiment = load(tmp_path, MINIMAL)
    with pytest.raises(ValidationError):
        experiment.seed = 3  # type: ignore[misc]


def sections(root: type[Section], seen: set[type[Section]] | None = None) -> set[type[Section]]:
    seen = set() if seen is None else seen
    seen.add(root)
    for info in root.model_fields.values():
        mapping = values_of_mapping(info.annotation)
        for inner in variants(mapping if mapping is not None else info.annotation):
            if inner not in seen:
                sections(inner, seen)
    return seen


def test_every_key_has_a_description_and_defaults_are_valid() -> None:
    found = sections(Experiment)
    assert len(found) >= 10
    for section in found:
        assert section.__doc__
        for name, info in section.model_fields.items():
            assert info.description, f"{section.__name__}.{name}"
        if section is Selection:  # of what is named, and with nothing named there is nothing to do
            continue
        if all(not info.is_required() for info in section.model_fields.values()):
            section()  # the defaults go together


def test_every_path_of_the_schema_is_expanded() -> None:
    from vox_embed.experiment import loader

    patterns = (*loader._FROM_FILE, *loader._FROM_CSV)
    known = {next(step for step in reversed(pattern) if step != "*") for pattern in patterns}
    paths = {
        name
        for section in sections(Experiment)
        for name, info in section.model_fields.items()
        if "Path" in str(info.annotation)
    }
    assert paths == known


@given(st.text(max_size=200))
def test_any_text_gives_a_tree_or_a_clear_error(text: str) -> None:
    try:
        parse_yaml(text, "x.yaml")
    except VoxError as error:
        assert error.message.startswith("x.yaml")


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
keys = st.sampled_from(
    [
        "name",
        "data",
        "features",
        "model",
        "type",
        "bands",
        "labels",
        "databases",
        "window",
        "path",
        "x",
        "augment",
    ]
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(keys, trees, max_size=5))
def test_any_values_give_an_experiment_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, values: dict
) -> None:  # type: ignore[type-arg]
    import yaml

    path = tmp_path_factory.mktemp("any") / "exp.yaml"
    path.write_text(yaml.safe_dump(values, allow_unicode=False))
    try:
        load_experiment(path)
    except VoxError as error:
        assert str(path) in error.message
