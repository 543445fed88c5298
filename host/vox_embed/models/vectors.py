"""Classic estimators on clips: they learn from rows, such as functionals of every analysis window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core.grid import grid_of, nearest, posteriors_of
from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.features.corpus import CorpusProgress
from vox_embed.features.functionals import Functionals
from vox_embed.gate.archive import pack, unpack
from vox_embed.models.balance import rebalanced
from vox_embed.models.classic import ANOMALY, CLASSIC, NORMAL, ClassicEstimator
from vox_embed.models.classic.one_vs_rest import OneVsRest
from vox_embed.models.copies import with_copies
from vox_embed.models.estimator import ClipEstimator, Clips, need_normal
from vox_embed.models.parts import Part
from vox_embed.models.rows import ClipRows
from vox_embed.models.selecting import selected, told
from vox_embed.models.speakers import by_speaker
from vox_embed.models.training.epoch import Progress
from vox_embed.models.windows import clip_means

_ESTIMATOR, _ROWS, _THRESHOLDS, _KEPT = "estimator.", "rows.", "thresholds", "kept"
_NOT_FOR_ESTIMATORS = {"type", "balancing", "normal", "select"}


class VectorClassifier(ClipEstimator):
    """A classic model of an experiment, used as `NeuralClassifier` is.

    source: of the rows. labels: names of the outputs. augment: changed copies of the training clips, at
    `sample_rate`. tags: labels are tags, of which a clip has any number,
    and `estimator_` has a model for each. After `fit`: `estimator_`, and `rows_`, by which ranges
    of integers are judged.
    """

    model: Any

    def __init__(
        self,
        model: schema.Model,
        source: ClipRows,
        labels: Sequence[str],
        seed: int = 7,
        *,
        augment: schema.Augment | None = None,
        sample_rate: int = 16000,
        tags: bool = False,
    ) -> None:
        self.model = model
        self.augment = augment or schema.Augment()
        self.sample_rate = sample_rate
        self.source = source
        self.labels = tuple(labels)
        self.seed = seed
        kind = CLASSIC[model.type]
        settings = self.model.model_dump(exclude=_NOT_FOR_ESTIMATORS)
        self._by_speaker = settings.get("scale") == "speaker"
        if self._by_speaker:
            settings["scale"] = "none"
        self.tags = tags
        self.kept_: NDArray[np.int64] | None = None
        self.told_ = ""

        def make() -> ClassicEstimator:
            return kind(**settings, seed=seed)

        self.estimator_: Any = OneVsRest(make, len(self.labels)) if tags else make()
        self.grid = self._label_grid()

    def _label_grid(self) -> NDArray[np.float64] | None:
        """The labels of a regression as numbers; refuses labels that a task cannot have."""
        if self.estimator_.task == "anomaly":
            need_normal(self.model, self.labels)
        if self.estimator_.task != "regression":
            return None
        grid = grid_of(self.labels)
        if grid is None:
            raise VoxError(
                f"a regression needs numbers as labels, in rising order, not {', '.join(self.labels)}",
                "list them in data.labels, or leave them out",
            )
        return grid

    @property
    def functionals_(self) -> Functionals | None:
        """What rows hold of a window's frames."""
        return self.source.functionals_

    @property
    def parts(self) -> tuple[Part, ...]:
        """Of the rows."""
        return self.source.parts

    @property
    def parameters_(self) -> int:
        """Numbers that the trained model, its scaler included, consists of."""
        return int(self.estimator_.count_)

    @property
    def normal_index(self) -> int:
        """Of the label of normal clips."""
        return self.labels.index(self.model.normal)

    # ---- training ------------------------------------------------------------------------------------

    def fit(  # noqa: PLR0917
        self,
        train_clips: Clips,
        train_labels: NDArray[Any],
        dev_clips: Clips = (),
        dev_labels: NDArray[Any] | None = None,
        progress: Progress | None = None,
        checkpoint: Path | None = None,
        extracting: CorpusProgress | None = None,
    ) -> VectorClassifier:
        """Train on int16 clips at the model's rate and their indices into `labels`; a regression on their
        numbers.

        Nothing is learned from dev, and there is nothing to be taken up again: training is one step.
        """
        del dev_clips, dev_labels, progress, checkpoint
        train_clips, train_labels = with_copies(
            self.augment,
            train_clips,
            np.asarray(train_labels),
            self.labels,
            self.sample_rate,
            self.seed,
            grid=self.grid,
        )
        rows, owner = self.source.fit(train_clips, extracting)
        rows = self._as_spoken(rows, owner, train_clips)
        targets = np.asarray(train_labels, self._target_type)[owner]
        return self._fit_rows(self._select(rows, targets), targets)

    def _select(self, rows: NDArray[Any], targets: NDArray[Any]) -> NDArray[Any]:
        """The values that `model.select` keeps; `source` gives no others from now on."""
        if self.model.select is None:
            return rows
        names = self.source.names
        task = "tags" if self.tags else self.estimator_.task
        self._check_classes(targets)
        self.kept_ = selected(self.model.select, names, rows, targets, self.seed, task=task)
        self.source = self.source.choose(self.kept_)
        self.told_ = told(names, self.kept_)
        return rows[:, self.kept_]

    def _as_spoken(self, rows: NDArray[Any], owner: NDArray[np.int64], clips: Clips) -> NDArray[Any]:
        return by_speaker(rows, owner, clips) if self._by_speaker else rows

    @property
    def _target_type(self) -> type[Any]:
        if self.tags:
            return np.bool_
        return np.int64 if self.grid is None else np.float64

    def _fit_rows(self, rows: NDArray[Any], targets: NDArray[Any]) -> VectorClassifier:
        self._check_classes(targets)
        self.rows_ = rows
        chosen = self._balanced(targets)
        self.stopped_ = self._told(rows, targets, chosen)
        if (rows[chosen] == rows[chosen[:1]]).all():
            raise VoxError(
                f"all {len(chosen)} rows to train on are equal: there is nothing to learn",
                "are the recordings silent? `vox-embed data` says so; else try other features or functionals",
            )
        learned, wanted = rows[chosen], targets[chosen]
        if self._synthesizes:
            learned, wanted = rebalanced(self.model.balancing, rows, targets, self.seed)
            self.stopped_ = self._told(rows, targets, np.arange(len(learned)))
        try:
            self.estimator_.fit(learned, self._estimator_targets(wanted))
        except ValueError as error:
            what = f"model.type: {self.model.type} cannot be trained on {len(chosen)} rows: {error}"
            raise VoxError(what, "give it more rows, or choose another model") from error
        return self

    @property
    def _synthesizes(self) -> bool:
        return getattr(self.model, "balancing", "none") in schema.SYNTHESIZING

    def _check_classes(self, targets: NDArray[Any]) -> None:
        """VoxError where a class that is needed has no rows."""
        if self.grid is not None or self.tags:
            return
        counts = np.bincount(targets, minlength=len(self.labels))
        needed = [self.normal_index] if self.estimator_.task == "anomaly" else range(len(self.labels))
        for index in needed:
            if not counts[index]:
                raise VoxError(
                    f"label `{self.labels[index]}` has no rows to train on",
                    "take it out of data.labels, or choose another split",
                )
        if len(counts) < 2:
            raise VoxError(f"there is one label only, `{self.labels[0]}`: nothing to tell apart")

    def _told(self, rows: NDArray[Any], targets: NDArray[Any], chosen: NDArray[np.int64]) -> str:
        """How many rows are learned from, and why not all."""
        learned, why = len(chosen), ""
        if self.estimator_.task == "anomaly":
            learned = int((targets[chosen] == self.normal_index).sum())
            why = f", those of `{self.model.normal}`"
        elif learned != len(rows):
            why = f" that `balancing: {self.model.balancing}` made"
        of_all = f" (of {len(rows)})" if learned != len(rows) else ""
        kept = f"; {self.told_}" if self.told_ else ""
        return f"trained on {learned} rows{of_all} of {rows.shape[1]} values{why}{kept}"

    def _estimator_targets(self, targets: NDArray[Any]) -> NDArray[Any]:
        if self.estimator_.task == "anomaly":
            return np.where(targets == self.normal_index, NORMAL, ANOMALY)
        return targets

    def _balanced(self, targets: NDArray[Any]) -> NDArray[np.int64]:
        """Indices of the rows to learn from. Of a regression: balanced by the nearest label."""
        how = getattr(self.model, "balancing", "none")
        if self.tags:
            return np.arange(len(targets))
        if self.grid is not None:
            targets = nearest(targets, self.grid)
        everything = np.arange(len(targets))
        if how == "none" or self._synthesizes:
            return everything
        rng = np.random.default_rng([self.seed, 0xBA])
        groups = [everything[targets == c] for c in np.unique(targets)]
        sizes = [len(group) for group in groups]
        drawn = []
        for group in groups:
            if how == "rus":
                drawn.append(rng.permutation(group)[: min(sizes)])
            else:
                drawn.append(np.concatenate([group, rng.choice(group, max(sizes) - len(group))]))
        return np.sort(np.concatenate(drawn))

    # ---- prediction ----------------------------------------------------------------------------------

    def rows_of(self, clips: Clips) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Rows of the clips' windows as `estimator_` takes them, and for each the index of its clip."""
        rows, owner = self.source.of(clips)
        return self._as_spoken(rows, owner, clips), owner

    def answers(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Of the trained model to such rows: posteriors [rows, labels]; of a regression its value."""
        if self.grid is not None:
            return np.asarray(self.estimator_.predict(rows), np.float64)[:, None]
        return self._posteriors(rows)

    def float_predict_clips(self, clips: Clips) -> NDArray[np.float32]:
        """Posteriors of the trained model, mean over each clip's windows: [clips, labels]."""
        rows, owner = self.rows_of(clips)
        return clip_means(self._posteriors(rows).astype(np.float32), owner, len(clips))

    def float_values(self, clips: Clips) -> NDArray[np.float64]:
        """Of a regression: the trained model's value, mean over each clip's windows [clips], not limited to
        the labels' range."""
        rows, owner = self.rows_of(clips)
        values = self.estimator_.predict(rows).astype(np.float64)
        counts = np.bincount(owner, minlength=len(clips))
        return np.bincount(owner, values, minlength=len(clips)) / np.maximum(counts, 1)

    def _posteriors(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        if self.grid is not None:
            return posteriors_of(self.estimator_.predict(rows), self.grid)
        posteriors: NDArray[np.float64] = self.estimator_.predict_float(rows)
        if self.estimator_.task == "anomaly" and self.normal_index != NORMAL:
            posteriors = posteriors[:, ::-1]
        return posteriors

    # ---- keeping -------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """What the model, its scaler and its rows' source learned, as an .npz. Rows it was trained on are not
        in it, other than the support vectors and prototypes that are the model itself."""
        arrays = {f"{_ESTIMATOR}{name}": value for name, value in self.estimator_.state().items()}
        arrays |= {f"{_ROWS}{name}": value for name, value in self.source.state().items()}
        if self.kept_ is not None:
            arrays[_KEPT] = self.kept_
        if self.tags:
            arrays[_THRESHOLDS] = np.array(self.thresholds_)
        return pack(arrays, compress=True)

    def load_bytes(self, data: bytes) -> VectorClassifier:
        """Take over what `to_bytes` gave for the same parameters. VoxError if it does not fit."""
        try:
            arrays = unpack(data)
            if self.model.select is not None:
                self.kept_ = np.asarray(arrays[_KEPT], np.int64)
                self.source = self.source.choose(self.kept_)
            self.estimator_.restore(_part(arrays, _ESTIMATOR))
            if self.estimator_.n_features_in_ != self.source.width:
                raise ValueError(f"a model of {self.estimator_.n_features_in_} values a row")
            self.source.restore(_part(arrays, _ROWS))
            if self.tags:
                self.thresholds_ = tuple(np.asarray(arrays[_THRESHOLDS], np.float64).tolist())
        except (ValueError, KeyError, TypeError) as error:
            raise VoxError(
                f"the stored float model does not fit this experiment: {error}", "train it again"
            ) from None
        return self


def _part(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
