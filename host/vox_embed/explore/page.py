"""report.html of an exploration: one file that needs nothing else, on paper, light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vox_embed.explore import pictures
from vox_embed.explore.association import Association
from vox_embed.explore.columns import Column
from vox_embed.explore.values import Importance, Values
from vox_embed.report.page import page
from vox_embed.report.plots import Theme
from vox_embed.report.themes import Picture, both_themes

_TOGETHER, _BARS, _BOXES = 12, 20, 6
_LISTED = 8


@dataclass(frozen=True, eq=False)
class Exploration:
    """What was found. rows: [clips] those that statistics are of. places: [clips shown, 2] by name."""

    title: str
    target: Column
    columns: Sequence[Column]
    splits: np.ndarray
    rows: np.ndarray
    of_train: bool
    drawn: str
    associations: Sequence[Association]
    doubts: Sequence[str]
    notes: Sequence[str] = ()
    values: Values | None = None
    importance: Importance | None = None
    shown: np.ndarray | None = None
    places: Mapping[str, np.ndarray] = field(default_factory=dict)
    speakers: bool = False

    @property
    def largest(self) -> list[Association]:
        """The largest effects first; speakers, which have one of many values each, last."""
        return sorted(self.associations, key=lambda one: (one.other == "speaker", one.p, -abs(one.effect)))

    @property
    def best(self) -> list[int]:
        """Values by what is lost without them, then by trees."""
        assert self.importance is not None
        order = np.lexsort((-self.importance.by_trees, -self.importance.by_permutation))
        return [int(i) for i in order[:_BARS]]


def all_pictures(found: Exploration, theme: Theme = "light") -> dict[str, bytes]:
    """File name -> PNG, for the folder `plots/`."""
    made = {"splits.png": pictures.splits_png(found.target, found.splits, "", theme)}
    made |= {
        f"with_{_plain(one.other)}.png": _together(found, one, theme) for one in found.largest[:_TOGETHER]
    }
    for name in found.places:
        made[f"plane_{_plain(name)}.png"] = _plane(found, name, theme)
    if found.importance is not None:
        made["importance.png"] = _importance(found, theme)
    return made


def render(found: Exploration) -> str:
    """The page as HTML text, to be written as UTF-8: no scripts, all strings escaped."""
    shown = found.shown
    return page(
        "explore.html",
        {"thousands": lambda number: f"{number:,}"},
        title=found.title,
        target=found.target.name,
        clips=len(found.splits),
        of_train=found.of_train,
        drawn=found.drawn,
        doubts=found.doubts,
        notes=found.notes,
        splits=both_themes(lambda theme: pictures.splits_png(found.target, found.splits, "", theme)),
        associations=found.largest,
        together=[
            (one, both_themes(lambda theme, one=one: _together(found, one, theme)))  # type: ignore[misc]
            for one in found.largest[:_TOGETHER]
        ],
        planes=[
            (name, both_themes(lambda theme, name=name: _plane(found, name, theme)))  # type: ignore[misc]
            for name in found.places
        ],
        shown=len(shown) if shown is not None and len(shown) < len(found.splits) else 0,
        importance=None
        if found.importance is None
        else {
            "held_out": found.importance.held_out,
            "measure": "R²" if found.target.kind == "number" else "a UAR of",
            "speakers": found.speakers,
            "image": both_themes(lambda theme: _importance(found, theme)),
        },
        features=[] if found.importance is None else _features(found),
        counts=[
            (column.name, int(column.known.sum()), _counted(column))
            for column in (found.target, *found.columns)
        ],
    )


def _together(found: Exploration, one: Association, theme: Theme) -> bytes:
    column = next(column for column in found.columns if column.name == one.other)
    return pictures.together_png(found.target.at(found.rows), column.at(found.rows), one.title, theme)


def _plane(found: Exploration, name: str, theme: Theme) -> bytes:
    assert found.shown is not None
    chosen = np.zeros(len(found.splits), bool)
    chosen[found.shown] = True
    return pictures.plane_png(found.places[name], found.target.at(chosen), name, theme)


def _importance(found: Exploration, theme: Theme) -> bytes:
    assert found.importance is not None
    best = found.best
    return pictures.importance_png(
        [found.importance.names[i] for i in best],
        found.importance.by_trees[best],
        np.maximum(found.importance.by_permutation[best], 0),
        theme,
    )


def _features(found: Exploration) -> list[tuple[str, Picture | None]]:
    assert found.values is not None
    made = []
    for i in found.best[:_BOXES]:
        column = Column(found.values.names[i], "number", found.values.rows[:, i])
        image = both_themes(
            lambda theme, column=column: pictures.together_png(found.target, column, column.name, theme)  # type: ignore[misc]
        )
        made.append((column.name, image))
    return made


def _counted(column: Column) -> str:
    known = column.values[column.known]
    if column.kind == "number":
        low, middle, high = np.quantile(known.astype(np.float64), (0, 0.5, 1))
        return f"{low:.4g} to {high:.4g}, median {middle:.4g}"
    names, counts = np.unique(known, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_LISTED]
    more = f", and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(f"{names[i]} {counts[i]:,}" for i in order) + more


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
