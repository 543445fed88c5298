"""No setting is without effect: what is given either changes the run or is refused."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
import yaml

from vox_embed.data import load_dataset
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.schema import Experiment
from vox_embed.experiment.schema.base import Section
from vox_embed.features.host import inputs_of
from vox_embed.models import estimator_of
from vox_embed.models.neural import NeuralClassifier
from vox_embed.models.vectors import VectorClassifier
from vox_embed.program.build import decision_of

LABELS = ["a", "b"]
FUNCTIONALS = {"length_ms": 800.0, "stride_ms": 400.0, "functionals": ["mean", "std"]}
BASES: dict[str, dict[str, Any]] = {
    "network": {"model": {"type": "dscnn"}},
    "noisy network": {"model": {"type": "cnn"}, "augment": {"noise_snr_db": [0, 20], "time_mask": 4}},
    "classic": {"model": {"type": "tree"}, "window": FUNCTIONALS, "features": {"type": "mfcc"}},
    "voice": {"model": {"type": "svm"}, "window": FUNCTIONALS, "features": {"type": "lld", "names": ["f0"]}},
    "spectrum": {"model": {"type": "ridge"}, "window": FUNCTIONALS, "features": {"type": "spectrogram"}},
    "changes": {"model": {"type": "tree"}, "window": FUNCTIONALS, "features": {"type": "lld", "deltas": 1}},
    "bands": {"model": {"type": "dscnn"}, "features": {"pcan": {}, "noise_reduction": {}}},
    "majority": {"model": {"type": "dscnn"}, "decision": {"stream": "mean"}},
}


def loaded(path: Path, values: dict[str, Any]) -> Experiment:
    data = {"databases": {"x": {"path": "x.csv"}}, "labels": LABELS}
    path.write_text(yaml.safe_dump({"name": "x", "data": data, **values}))
    return load_experiment(path, expand=False)


def effect(experiment: Experiment) -> tuple[Any, ...]:
    """What the sections become: the front end's bytes, the decision, how clips are cut and changed."""
    inputs = inputs_of(experiment.features)
    front = inputs.for_device
    assert front is not None
    estimator = estimator_of(experiment, inputs, LABELS)
    cut: tuple[Any, ...]
    if isinstance(estimator, NeuralClassifier):
        windows = estimator.windows
        cut = (windows.frames, windows.stride, windows.normalise, repr(estimator.augment))
    else:
        assert isinstance(estimator, VectorClassifier)
        rows = (experiment.window_frames, experiment.stride_frames, repr(estimator.functionals_))
        cut = (*rows, repr(estimator.augment))
    return front.section(), repr(decision_of(experiment, front, LABELS)), cut


def others(annotation: Any, default: Any) -> list[Any]:
    """Values that a key may have beside its default; some may be refused."""
    kinds = [part for part in (get_args(annotation) or (annotation,)) if part is not type(None)]
    if get_origin(annotation) is Literal:
        return [value for value in get_args(annotation) if value != default]
    found: list[Any] = []
    for kind in kinds:
        if get_origin(kind) is Literal:
            found += [value for value in get_args(kind) if value != default]
        elif isinstance(kind, type) and issubclass(kind, Section):
            found.append({})
        elif kind is bool:
            found.append(not default)
        elif kind in (int, float):
            start = default if isinstance(default, int | float) and default else 1
            found += [kind(start * factor) for factor in (2, 4, 0.5, 0.25, 0.9)] + [kind(1), kind(2)]
    if get_origin(annotation) is tuple:
        found += [[0.5, 2.0], [1, 3], ["a"], ["mean", "max"]]
    return [value for value in found if value != default]


def cases() -> list[tuple[str, str, str]]:
    found = []
    for name, section in itertools.product(BASES, ("features", "window", "augment", "decision")):
        base = Experiment.model_validate(
            {"name": "x", "data": {"databases": {"x": {"path": "x.csv"}}, "labels": LABELS}, **BASES[name]}
        )
        found += [(name, section, key) for key in type(getattr(base, section)).model_fields if key != "type"]
    return found


@pytest.mark.parametrize("base", BASES)
def test_whatever_is_given_changes_the_run_or_is_refused(tmp_path: Path, base: str) -> None:
    values = BASES[base]
    plain = loaded(tmp_path / "x.yaml", values)
    before = effect(plain)
    changed = refused = 0
    for name, section, key in cases():
        if name != base:
            continue
        fields = type(getattr(plain, section)).model_fields
        default = getattr(getattr(plain, section), key)
        key_in_file = fields[key].alias or key
        effects = set()
        for value in others(fields[key].annotation, default):
            given = {**values, section: {**values.get(section, {}), key_in_file: value}}
            try:
                other = loaded(tmp_path / "x.yaml", given)
                after = effect(other)
            except VoxError:
                refused += 1
                continue
            if getattr(getattr(other, section), key) == default:
                continue  # the same value in another form
            effects.add(after != before)
            # What is found where nothing is given (`none`) may also be given.
            assert default is None or after != before, f"{section}.{key}: {value} does nothing, unsaid"
            changed += 1
        assert effects != {False}, f"{section}.{key} does nothing, unsaid"
    assert changed > 20 and refused > 5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("window: {normalise: band_mean, functionals: [mean]}\nmodel: {type: tree}", "window.normalise"),
        ("window: {normalise: mean, functionals: [mean]}\nmodel: {type: tree}", "window.normalise"),
        ("decision: {history: 8}", "decision.history: it would do nothing: `stream: exponential` looks at"),
        ("decision: {stream: majority, alpha: 0.2}", "decision.alpha"),
        ("augment: {noise_probability: 0.9}", "augment.noise_probability"),
        ("augment: {masks: 3}", "augment.masks"),
        ("augment: {noise_snr_db: [0, 9], noise_labels: [c]}", "augment.noise_labels: `c` is not one of"),
        ("features: {delta_span: 4}", "features.delta_span: it would do nothing: there are no deltas"),
        ("features: {type: spectrogram, bands: 20}", "features.bands"),
        ("features: {type: spectrogram, pcan: {}}", "features.pcan"),
        ("features: {type: lld, names: [f0], lifter: 0}", "features.lifter"),
        ("features: {type: lld, names: [flux], pitch_ms: 40}", "features.pitch_ms"),
        ("window: {functionals: [mean]}\nmodel: {type: svm, kernel: linear, gamma: 0.1}", "model.gamma"),
        (
            "augment: {noise_snr_db: [0, 9], noise_probability: 0}",
            "augment.noise_snr_db: it would do nothing",
        ),
        (
            "window: {functionals: [mean]}\nmodel: {type: ridge, balancing: rus, class_weight: true}",
            "model.class_weight: it would do nothing: `balancing: rus` makes all classes equally frequent",
        ),
        (
            "data: {split_seed: 2, databases: {x: {path: x.csv, split_strategy: train}}}\n"
            "window: {functionals: [mean]}\nmodel: {type: tree}",
            "data.split_seed: it would do nothing: no rows are drawn at random",
        ),
        ("window: {functionals: [mean]}\nmodel: {type: mlp, validation: 0, patience: 3}", "model.patience"),
        (
            "window: {functionals: [mean]}\nmodel: {type: forest, task: regression, criterion: entropy}",
            "model.criterion: it would do nothing: a regression has no classes",
        ),
        (
            "window: {functionals: [mean]}\nmodel: {type: ridge, task: regression, class_weight: true}",
            "model.class_weight",
        ),
        ("features: {type: opensmile}\nmodel: {type: tree}\nwindow: {length_ms: 300}", "window.length_ms"),
        ("features: {type: opensmile}\nmodel: {type: tree}\ndecision: {clip: majority}", "decision.clip"),
        (
            "data: {dev_size: 20, databases: {x: {path: x.csv}}}\nwindow: {functionals: [mean]}\n"
            "model: {type: tree}",
            "data.dev_size",
        ),
    ],
)
def test_what_would_do_nothing_is_named(tmp_path: Path, settings: str, words: str) -> None:
    data = "" if "data:" in settings else "data: {databases: {x: {path: x.csv}}, labels: ['0', '1']}\n"
    (tmp_path / "x.yaml").write_text(f"name: x\n{data}{settings}\n")
    with pytest.raises(VoxError) as caught:
        load_experiment(tmp_path / "x.yaml", expand=False)
    assert words in str(caught.value)


def test_a_key_of_another_type_says_of_which(tmp_path: Path) -> None:
    with pytest.raises(VoxError) as caught:
        loaded(tmp_path / "x.yaml", {"window": FUNCTIONALS, "model": {"type": "gmm", "normal": "a"}})
    message = str(caught.value)
    assert "unknown key `normal` in `model`" in message
    assert (
        "`normal` is for `type`: autoencoder, isolation_forest, mahalanobis, one_class_gmm, one_class_svm; "
        "here: balancing, comp" in message
    )


def test_a_resolved_file_says_what_is_subtracted(tmp_path: Path) -> None:
    experiment = loaded(tmp_path / "x.yaml", BASES["classic"])
    assert experiment.window.normalise == "none"
    assert loaded(tmp_path / "x.yaml", {"model": {"type": "cnn"}}).window.normalise == "mean"


def test_words_that_no_row_has_are_told(
    make_corpus_csv: Callable[..., Path], write_experiment: Callable[..., Path]
) -> None:
    database = (
        "split_strategy: specified\ntest: {take: [0, 9]}\nmapping: {hihg: top, low: deep}\n"
        "filter: [[gender, [m, f, x]]]"
    )
    notes = load_dataset(load_experiment(write_experiment(make_corpus_csv(), database))).notes
    assert "warning: data.databases.tones.test: no row has `9` in `take`" in notes
    assert "warning: data.databases.tones.filter: no row has `x` in `gender`" in notes
    told = "warning: data.databases.tones.mapping: no row has the label `hihg` (did you mean `high`?)"
    assert told in notes
    assert sum("no row has" in note for note in notes) == 3
