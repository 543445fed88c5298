"""Evaluating features: a linear SVM or an MLP on folds or partitions; predictions for other instances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vox_embed.data.layouts.base import Partition
from vox_embed.experiment.errors import VoxError
from vox_embed.learn.changed import upsampled_indices
from vox_embed.learn.instances import Instances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]
    Labels = NDArray[np.int64]
    Indices = NDArray[np.intp]

Progress = Callable[[int, int], None]


class Classifier(Protocol):
    """Learns numbered labels from standardised rows and gives them for others."""

    def fit_predict(self, rows: Rows, labels: Labels, others: Rows, classes: int, seed: int) -> Labels:
        """Labels of `others`."""
        ...


@dataclass(frozen=True)
class Svm:
    """A linear SVM (LIBLINEAR), one class against the rest."""

    complexity: float

    def __post_init__(self) -> None:
        if not self.complexity > 0 or not np.isfinite(self.complexity):
            raise VoxError(
                f"--complexity {self.complexity:g}: above 0", "powers of ten from 1e-5 to 1 are usual"
            )

    def fit_predict(self, rows: Rows, labels: Labels, others: Rows, classes: int, seed: int) -> Labels:
        """See Classifier."""
        from sklearn.svm import LinearSVC

        del classes
        if len(set(labels)) == 1:
            return np.full(len(others), labels[0])
        machine = LinearSVC(C=self.complexity, random_state=seed, max_iter=10_000, dual="auto")
        return np.asarray(machine.fit(rows, labels).predict(others), np.int64)


@dataclass(frozen=True)
class Mlp:
    """ReLU layers with dropout and softmax, all training rows in one batch, Adam."""

    epochs: int = 400
    learning_rate: float = 1e-3
    layers: int = 2
    units: int = 150
    keep_prob: float = 0.6
    shuffle: bool = False

    def __post_init__(self) -> None:
        if min(self.epochs, self.layers, self.units) < 1:
            raise VoxError("--num-epochs, --num-layers and --num-units are at least 1")
        if not 0 < self.keep_prob <= 1:
            raise VoxError(f"--keep-prob {self.keep_prob:g}: above 0, at most 1")
        if not 0 < self.learning_rate < 10:
            raise VoxError(f"--learning-rate {self.learning_rate:g}: above 0, below 10")

    def fit_predict(self, rows: Rows, labels: Labels, others: Rows, classes: int, seed: int) -> Labels:
        """See Classifier."""
        from vox_embed.features.backend import load_tensorflow

        load_tensorflow()
        import keras
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
        keras.utils.set_random_seed(seed)
        network = keras.Sequential([keras.Input((rows.shape[1],))])
        for _ in range(self.layers):
            network.add(keras.layers.Dense(self.units, activation="relu"))
            network.add(keras.layers.Dropout(1 - self.keep_prob))
        network.add(keras.layers.Dense(classes))
        optimiser = keras.optimizers.Adam(self.learning_rate)
        loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        variables = network.trainable_variables

        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
        def step(data: object, wanted: object) -> None:
            with tf.GradientTape() as tape:
                loss = loss_of(wanted, network(data, training=True))
            optimiser.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

        random = np.random.default_rng(seed)
        data, wanted = tf.constant(rows), tf.constant(labels)
        for _ in range(self.epochs):
            if self.shuffle:  # a batch of all rows is the same in any order, but for the dropout it meets
                order = random.permutation(len(rows))
                data, wanted = tf.constant(rows[order]), tf.constant(labels[order])
            step(data, wanted)
        got: Labels = np.asarray(network(tf.constant(others), training=False)).argmax(axis=1).astype(np.int64)
        return got


@dataclass(frozen=True)
class Part:
    """A part of an evaluation: a fold, or all of a partitioned one. Confusion: [truth, prediction]."""

    name: str
    confusion: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """Share that is right."""
        return float(np.trace(self.confusion) / max(1, self.confusion.sum()))

    @property
    def uar(self) -> float:
        """Mean recall of the classes that occur."""
        counts = self.confusion.sum(axis=1)
        return float((np.diag(self.confusion)[counts > 0] / counts[counts > 0]).mean())


@dataclass(frozen=True)
class Evaluation:
    """Parts of all repetitions; labels in the order of the confusion matrices."""

    labels: tuple[str, ...]
    parts: tuple[Part, ...]
    repetitions: int

    @property
    def accuracy(self) -> float:
        """Mean over parts."""
        return float(np.mean([part.accuracy for part in self.parts]))

    @property
    def uar(self) -> float:
        """Mean over parts."""
        return float(np.mean([part.uar for part in self.parts]))

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Of all parts together."""
        total: NDArray[np.int64] = np.sum([part.confusion for part in self.parts], axis=0)
        return total


@dataclass(frozen=True)
class How:
    """Repetitions, balancing of the training rows, one vote a file; the seed of the first repetition."""

    repeat: int = 1
    upsample: bool = False
    majority_vote: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.repeat < 1:
            raise VoxError(f"--repeat {self.repeat}: at least 1")


def cross_validate(
    data: Instances, classifier: Classifier, how: How, progress: Progress | None = None
) -> Evaluation:
    """Each fold's validation split by a classifier that learned from its training split."""
    if not data.fold_count:
        raise VoxError(
            "the data set has no folds",
            "add some (vox-embed learn modify --add-cv-setup 5), or name partitions (--train-partitions ...)",
        )
    splits = []
    for fold in range(data.fold_count):
        train, test = (np.flatnonzero(data.folds[:, fold] == which) for which in (0, 1))
        if not (len(train) and len(test)):
            raise VoxError(
                f"fold {fold + 1} has an empty {'training' if len(test) else 'validation'} split",
                "draw folds anew: vox-embed learn modify --add-cv-setup 5",
            )
        splits.append((f"fold {fold + 1}", train, test))
    return _evaluate(data, classifier, how, splits, progress)


def evaluate_partitions(
    data: Instances,
    classifier: Classifier,
    how: How,
    partitions: tuple[Sequence[Partition], Sequence[Partition]],
    progress: Progress | None = None,
) -> Evaluation:
    """Some partitions by a classifier that learned from others. partitions: those for training, and those
    for evaluation."""
    both = set(partitions[0]) & set(partitions[1])
    if both:
        raise VoxError(f"partition {min(both).name} is both for training and for evaluation", "choose others")
    train, test = (data.of_partitions(chosen) for chosen in partitions)
    name = "+".join(part.name.lower() for part in partitions[1])
    return _evaluate(data, classifier, how, [(name, train, test)], progress)


def _evaluate(
    data: Instances,
    classifier: Classifier,
    how: How,
    splits: list[tuple[str, Indices, Indices]],
    progress: Progress | None,
) -> Evaluation:
    rows = data.matrix("evaluate")
    for _, train, test in splits:
        _check_labels(data, np.concatenate([train, test]))
    labels, numbers = _labels(data)
    files = data.table["filename"].to_numpy(object)
    for name, train, test in splits:
        _check_apart(name, files[train], files[test])
    parts: list[Part] = []
    for repetition in range(how.repeat):
        for name, train, test in splits:
            seed = how.seed + repetition
            got = _predict(data, rows, numbers, train, rows[test], classifier, how, len(labels), seed)
            truth = numbers[test]
            if how.majority_vote:
                truth, got = voted(files[test], truth), voted(files[test], got)
            confusion = np.zeros((len(labels), len(labels)), np.int64)
            np.add.at(confusion, (truth, got), 1)
            parts.append(Part(name, confusion))
            if progress is not None:
                progress(len(parts), how.repeat * len(splits))
    return Evaluation(labels, tuple(parts), how.repeat)


def _predict(  # noqa: PLR0917
    data: Instances,
    rows: Rows,
    numbers: Labels,
    train: Indices,
    others: Rows,
    classifier: Classifier,
    how: How,
    classes: int,
    seed: int,
) -> Labels:
    """Standardised by the training rows alone, which are balanced and shuffled."""
    mean, spread = rows[train].mean(axis=0), rows[train].std(axis=0)
    spread = np.where(spread > 1e-8, spread, 1).astype(np.float32)
    used = train
    if how.upsample:
        used = np.concatenate([train, upsampled_indices(data, train, seed)[len(data) :]])
    used = np.random.default_rng(seed).permutation(used)
    return classifier.fit_predict(
        (rows[used] - mean) / spread, numbers[used], (others - mean) / spread, classes, seed
    )


def voted(files: NDArray[np.object_], labels: Labels) -> Labels:
    """The label that most chunks of a file have, a label a file in the order of their first chunks; the
    lowest number where several have as many."""
    of_file: dict[str, Counter[int]] = {}
    for file, label in zip(files, labels, strict=True):
        of_file.setdefault(file, Counter())[int(label)] += 1
    return np.array(
        [min(votes, key=lambda label: (-votes[label], label)) for votes in of_file.values()], np.int64
    )


def _check_apart(name: str, train: NDArray[np.object_], test: NDArray[np.object_]) -> None:
    """VoxError where chunks of one file are on both sides: an evaluation of what was learned by heart."""
    both = sorted(set(train) & set(test))
    if both:
        raise VoxError(
            f"{name}: chunks of {both[0]} are to be learned from and to be evaluated",
            "`vox-embed learn validate --detailed` names them; `modify --add-cv-setup` keeps files whole",
        )


def _check_labels(data: Instances, indices: Indices) -> None:
    if bool(data.table["label_nominal"].iloc[indices].isna().any()):
        raise VoxError("some instances have no label", "labels come from the data set's layout: see --parser")


def _labels(data: Instances) -> tuple[tuple[str, ...], Labels]:
    """All labels in the order of their numbers (or of the alphabet), and each instance's; -1: none."""
    texts = data.column("label_nominal")
    known = {text for text in texts if text is not None}
    lost = sorted(known - set(data.label_map)) if data.label_map is not None else []
    if lost:
        raise VoxError(
            f"label `{lost[0]}` is not in the label map ({', '.join(data.label_map or {})})",
            "`vox-embed learn validate --detailed` names the instances",
        )
    order = sorted(known, key=lambda text: ((data.label_map or {}).get(text, 0), text))
    number = {text: index for index, text in enumerate(order)}
    return tuple(order), np.array([-1 if text is None else number[text] for text in texts], np.int64)


def predict(
    train: tuple[Instances, Sequence[Partition]],
    others: tuple[Instances, Sequence[Partition]],
    classifier: Classifier,
    how: How,
) -> list[tuple[str, str]]:
    """File and predicted label of each of the others; with a vote, a line a file."""
    data, partitions = train
    chosen = data.of_partitions(partitions) if partitions else np.arange(len(data))
    _check_labels(data, chosen)
    labels, numbers = _labels(data)
    asked, wanted = others
    indices = asked.of_partitions(wanted) if wanted else np.arange(len(asked))
    rows, new = data.matrix("predict"), asked.matrix("predict")[indices]
    if rows.shape[1] != new.shape[1]:
        raise VoxError(
            f"{new.shape[1]} features, but {rows.shape[1]} in the training data",
            "generate both by the same autoencoder",
        )
    got = _predict(data, rows, numbers, chosen, new, classifier, how, len(labels), how.seed)
    files = asked.table["filename"].iloc[indices].to_numpy(object)
    names = list(dict.fromkeys(files)) if how.majority_vote else list(files)
    if how.majority_vote:
        got = voted(files, got)
    return [(str(name), labels[label]) for name, label in zip(names, got, strict=True)]
