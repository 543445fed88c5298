"""netCDF 4 files of instances: read lazily through xarray, written block by block.

Dimensions: `instance`, `fold`, and those of the features (`time` and `freq` of a spectrogram, `generated` of
generated features). Variables: `filename`, `chunk_nr`, `label_nominal`, `label_numeric`, `cv_folds`,
`partition`, `features`. Attribute `label_map`: labels and their numbers in JSON, where they are known.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.gate.files import check_place, check_regular
from vox_embed.learn.instances import COLUMNS, Instances, make_table

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_REQUIRED = ("filename", "chunk_nr", "cv_folds", "features")
_MISSING = -(2**31)
"""In files, of whole numbers that are not known."""
_RULES = "docs/audeep.md lists what is in such a file; `vox-embed learn preprocess` makes one"


def need_learning(what: str) -> None:
    """VoxError with the `pip install` line where the extra is missing."""
    need_packages(what, EXTRAS["learn"])


def read_instances(path: Path) -> Instances:
    """The instances of a file; features are left in it. VoxError where it is none of ours or auDeep's."""
    need_learning("reading a netCDF file")
    import xarray

    try:
        check_regular(path)
        dataset = xarray.open_dataset(path, engine="netcdf4", mask_and_scale=False)
    except FileNotFoundError:
        raise VoxError(f"{path}: no such file") from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VoxError(f"{path}: cannot be read as netCDF 4: {reason}", _RULES) from None
    found = {str(name).lower(): dataset[name] for name in dataset.variables}
    absent = [name for name in _REQUIRED if name not in found]
    if absent:
        raise VoxError(f"{path}: has no variable {', '.join(absent)}", _RULES)
    return _checked(path, found, dict(dataset.attrs))


def _checked(path: Path, found: dict[str, Any], attributes: dict[str, Any]) -> Instances:
    instance = found["filename"].dims[:1]
    count = int(found["filename"].sizes[instance[0]]) if instance else 0
    for name in (*COLUMNS, "cv_folds", "features"):
        if name in found and (not instance or found[name].dims[:1] != instance):
            raise VoxError(
                f"{path}: variable {name} runs along {found[name].dims}, filename along {instance}",
                _RULES,
            )
    for name, most in (*((name, 1) for name in COLUMNS), ("cv_folds", 2)):
        if name in found and found[name].ndim != most:
            raise VoxError(f"{path}: variable {name} has {found[name].ndim} dimensions, not {most}", _RULES)
    if found["features"].dtype.kind not in "fiu":
        raise VoxError(f"{path}: the features are no numbers", _RULES)
    table = make_table(
        [str(name) for name in _texts(found["filename"], "")],
        _numbers(path, found, "chunk_nr", count),  # type: ignore[arg-type]
        _texts(found["label_nominal"], None) if "label_nominal" in found else None,
        _numbers(path, found, "label_numeric", count),
        _numbers(path, found, "partition", count),
    )
    if bool(table["chunk_nr"].isna().any()):
        raise VoxError(f"{path}: chunk_nr is missing for some instances", _RULES)
    folds = np.asarray(found["cv_folds"].values)
    if folds.size and not np.isin(folds, (0, 1)).all():
        raise VoxError(f"{path}: cv_folds holds other values than 0 and 1", _RULES)
    beyond = set(table["partition"].dropna().astype(int)) - {0, 1, 2}
    if beyond:
        raise VoxError(f"{path}: partition {min(beyond)}; 0, 1 and 2 are train, devel and test", _RULES)
    return Instances(table, folds.astype(np.int8), found["features"], _label_map(path, attributes))


def _known(column: Any) -> list[Any]:
    """Cells; None where they are not known."""
    return [None if gap else cell for cell, gap in zip(column, column.isna(), strict=True)]


def _texts(variable: Any, nothing: str | None) -> list[str | None]:
    def text(value: Any) -> str | None:
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        missing = value is None or isinstance(value, float) or str(value) == ""  # NaN, as xarray may say it
        return nothing if missing else str(value)

    return [text(value) for value in variable.values]


def _numbers(path: Path, found: dict[str, Any], name: str, count: int) -> list[int | None]:
    if name not in found:
        return [None] * count
    values = np.asarray(found[name].values)
    if values.dtype.kind not in "fiub":
        raise VoxError(f"{path}: variable {name} holds no numbers", _RULES)
    filled = found[name].attrs.get("_FillValue", _MISSING)
    known = np.isfinite(values) & (values != filled) & (values != _MISSING)
    if (values[known] != np.round(values[known].astype(float))).any():
        raise VoxError(f"{path}: variable {name} holds numbers that are not whole", _RULES)
    return [int(value) if told else None for value, told in zip(values, known, strict=True)]


def _label_map(path: Path, attributes: dict[str, Any]) -> dict[str, int] | None:
    text = attributes.get("label_map")
    if text is None or text == "":
        return None
    try:
        stored = json.loads(text)
        return {str(label): int(number) for label, number in stored.items()} or None
    except (TypeError, ValueError, AttributeError):
        raise VoxError(
            f"{path}: attribute label_map is no JSON object of labels and numbers", _RULES
        ) from None


def write_instances(
    path: Path, instances: Instances, blocks: Iterable[NDArray[np.float32]] | None = None
) -> None:
    """Write a file. It is there whole or not at all."""
    write_blocks(
        path,
        instances.table,
        instances.folds,
        instances.dims,
        instances.shape,
        instances.blocks() if blocks is None else blocks,
        instances.label_map,
    )


def write_blocks(  # noqa: PLR0917
    path: Path,
    table: pd.DataFrame,
    folds: NDArray[np.int8],
    dims: Sequence[str],
    shape: Sequence[int],
    blocks: Iterable[NDArray[np.float32]],
    label_map: dict[str, int] | None = None,
) -> None:
    """Write a file of features that come block by block; dims, shape: those of one instance's features."""
    need_learning("writing a netCDF file")
    import netCDF4

    try:
        check_place(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise VoxError(f"{path}: cannot be written: {error.strerror}", "choose another --output") from None
    try:
        with netCDF4.Dataset(name, "w", format="NETCDF4") as file:
            file.createDimension("instance", len(table))
            file.createDimension("fold", folds.shape[1])
            for dim, size in zip(dims, shape, strict=True):
                file.createDimension(dim, size)
            _write_table(file, table, folds)
            if label_map is not None:
                file.setncattr("label_map", json.dumps(label_map, ensure_ascii=False))
            features = file.createVariable("features", "f4", ("instance", *dims))
            done = 0
            for block in blocks:
                features[done : done + len(block)] = block
                done += len(block)
            assert done == len(table)
        Path(name).chmod(0o644)
        os.replace(name, path)  # noqa: PTH105 -- a name, not a path
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VoxError(
            f"{path}: cannot be written: {reason}", "is the disk full? Choose another --output"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108


def _write_table(file: Any, table: pd.DataFrame, folds: NDArray[np.int8]) -> None:
    for name in ("filename", "label_nominal"):
        variable = file.createVariable(name, str, ("instance",))
        variable[:] = np.array([text or "" for text in _known(table[name])], dtype=object)
    for name in ("chunk_nr", "label_numeric", "partition"):
        column = table[name]
        gaps = bool(column.isna().any())
        variable = file.createVariable(name, "i4", ("instance",), fill_value=_MISSING if gaps else False)
        variable[:] = column.fillna(_MISSING).to_numpy(np.int32)
    file.createVariable("cv_folds", "i1", ("instance", "fold"), fill_value=False)[:] = folds
