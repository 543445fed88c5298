"""[AUGMENT] of an .ini as the section `augment`; [SEGMENT] as the commands that do it."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Any

from vox_embed.experiment.ini.models import Lose
from vox_embed.experiment.ini.reading import Ini

_DEFAULT = (
    "Compose([AddGaussianNoise(min_amplitude=0.001, max_amplitude=0.05), Shift(p=0.5), "
    "BandPassFilter(min_center_freq=100.0, max_center_freq=6000)])"
)
"""What Nkululeko does where no transforms are named."""
_METHODS = ("traditional", "random_splice")


def augment_of(ini: Ini, lose: Lose) -> dict[str, Any] | None:
    """The section `augment`, which training uses, and `vox-embed augment` writes as a database."""
    entry = ini.entry("AUGMENT", "augment") or ini.entry("EXP", "augment")
    listed = ini.entry("AUGMENT", "augmentations")
    if entry is None and listed is None:
        return None
    wanted = ["traditional"] if entry is None else _words(entry.value)
    strange = [word for word in wanted if word not in _METHODS]
    if entry is not None and strange:
        lose(entry, f"`{strange[0]}` is none of {', '.join(_METHODS)}")
    made: dict[str, Any] = {}
    if "random_splice" in wanted:
        made["splice"] = 0.5 if "traditional" in wanted else 1.0
    if "traditional" in wanted:
        transforms = _transforms(_DEFAULT if listed is None else listed.text)
        if transforms is not None:
            made["audiomentations"] = transforms
        elif listed is not None:
            lose(listed, "a list of audiomentations' transforms with plain numbers is wanted")
    elif listed is not None:
        lose(listed, "`augment` does not name `traditional`")
    rows = ini.entry("AUGMENT", "sample_selection")
    if rows is not None and str(rows.value) != "train":
        lose(rows, "only training clips are changed")
    for key in ("p_reverse", "top_db"):
        setting = ini.entry("AUGMENT", key)
        if setting is not None:
            lose(setting, "a splice cuts clips into 2 to 8 pieces, none of which is turned round")
    return made or None


def commands_of(ini: Ini, data: dict[str, Any], out: Path, lose: Lose) -> tuple[str, ...]:
    """What [AUGMENT] and [SEGMENT] write, by the commands that write it here."""
    commands = []
    result = ini.entry("AUGMENT", "result")
    if result is not None:
        commands.append(f"vox-embed augment {out} --out {Path(str(result.value)).with_suffix('')}")
    if any(one.section == "SEGMENT" for one in ini.entries):
        commands += _segmenting(ini, data, out, lose)
    return tuple(commands)


def _segmenting(ini: Ini, data: dict[str, Any], out: Path, lose: Lose) -> list[str]:
    method = ini.entry("SEGMENT", "method")
    options = ["--method silero"]
    if method is not None and str(method.value) not in ("silero", "energy"):
        lose(method, "silero is taken; --speakers 0 tells who speaks")
        options.append("--speakers 0")
    for key in ("min_length", "max_length"):
        entry = ini.entry("SEGMENT", key)
        if entry is None:
            continue
        if isinstance(entry.value, int | float) and not isinstance(entry.value, bool):
            options.append(f"--{key.replace('_', '-')} {entry.value:g}")
        else:
            lose(entry, "a number of seconds is wanted")
    rows = ini.entry("SEGMENT", "sample_selection")
    if rows is not None and str(rows.value) != "all":
        lose(rows, "all recordings of a table are cut; leave rows out of it before")
    ending = str(ini.value("SEGMENT", "segment_target", "_segmented"))
    commands = []
    for name, database in data["databases"].items():
        place = str(database["path"])
        if not place.startswith("${"):
            place = os.path.normpath(out.parent / place)
        commands.append(f"vox-embed segment {place} --out {name}{ending}.csv {' '.join(options)}")
    return commands


def _words(value: Any) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list | tuple) else [str(value)]


def _transforms(text: str) -> list[dict[str, Any]] | None:
    """[{type, settings}] of `Compose([Name(key=number, ...), ...])`, a list of such calls, or of names; None
    for anything else. Nothing is run."""
    try:
        tree: ast.expr = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        return _transforms(tree.value)
    if isinstance(tree, ast.Call) and _name(tree.func) == "Compose" and tree.args:
        tree = tree.args[0]
    if not isinstance(tree, ast.List | ast.Tuple) or not tree.elts:
        return None
    found = [_transform(one) for one in tree.elts]
    return None if None in found else [one for one in found if one is not None]


def _transform(one: ast.expr) -> dict[str, Any] | None:
    if isinstance(one, ast.Constant) and isinstance(one.value, str):
        return {"type": one.value} if one.value[:1].isupper() and one.value.isalnum() else None
    if not isinstance(one, ast.Call) or one.args or any(word.arg is None for word in one.keywords):
        return None
    name = _name(one.func)
    try:
        settings = {str(word.arg): ast.literal_eval(word.value) for word in one.keywords}
    except (ValueError, TypeError):
        return None
    if not name[:1].isupper() or not name.isalnum():
        return None
    return {"type": name, "settings": settings} if settings else {"type": name}


def _name(of: ast.expr) -> str:
    return of.id if isinstance(of, ast.Name) else of.attr if isinstance(of, ast.Attribute) else ""
