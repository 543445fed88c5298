"""The results folder: `results/<experiment>/`, written whole or not at all, and found again by what the
user names.

The folder `results` is in the working directory, or where the environment variable VOX_RESULTS says.
Beside the results it holds `last`, the name of the experiment trained last, and, while a run is going on,
`.<experiment>.building` and a lock.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.files import (
    CHECKPOINT,
    ENVIRONMENT,
    EXPERIMENT,
    FLOAT_MODEL,
    LAST,
    MAX_NAME,
    MODEL,
    RESOLVED,
    TUNED,
    WAKEWORD,
)
from vox_embed.experiment.loader import load_experiment
from vox_embed.experiment.names import nearest
from vox_embed.experiment.schema import Experiment, HostSection, host_sections
from vox_embed.gate.files import read_text, write_atomic
from vox_embed.gate.limits import EXPERIMENT_BYTES, POINTER_BYTES
from vox_embed.gate.locks import locked
from vox_embed.gate.names import check_file_name
from vox_embed.gate.text import UnfitTextError
from vox_embed.version import __version__

# What decides the figures of a run, or helps to explain a difference.
_PACKAGES = (
    "ai-edge-litert",
    "keras",
    "numpy",
    "pandas",
    "pydantic",
    "scikit-learn",
    "scipy",
    "soundfile",
    "soxr",
    "tensorflow",
    "tensorflow-cpu",
)


def results_root() -> Path:
    """The folder that holds all results."""
    return Path(os.environ.get("VOX_RESULTS") or "results")


# ---- finding -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What a user's argument stands for.

    name: of the experiment, or of the .vxm. experiment: the experiment file, if there is one. folder: the
    results folder (it may not exist yet), or None for a .vxm that lies elsewhere. model: the .vxm, if
    there is one.
    """

    name: str
    experiment: Path | None
    folder: Path | None
    model: Path | None

    @property
    def host_only(self) -> HostSection | None:
        """What of the experiment's features no device computes."""
        if self.experiment is None:
            return None
        return next(iter(host_sections(load_experiment(self.experiment, expand=False).features)), None)

    @property
    def float_model(self) -> Path | None:
        """Where the float model lies, if it was kept: beside the .vxm, or in the results folder."""
        if self.model is not None:
            return self.model.with_name(FLOAT_MODEL)
        return None if self.folder is None else self.folder / FLOAT_MODEL

    def need_model(self) -> Path:
        """The .vxm. VoxError when there is none yet, or can be none."""
        if self.host_only is not None:
            raise self.host_only.refusal
        if self.model is None:
            train = f"vox-embed train {self.experiment}" if self.experiment is not None else "vox-embed train"
            raise VoxError(f"`{self.name}` has not been trained: there is no {MODEL}", train)
        return self.model

    def need_experiment(self, *, expand: bool = True, changes: Sequence[str] = ()) -> Experiment:
        """The experiment: as it was trained, else as the file has it, with `changes` as `load_experiment`
        takes them. VoxError when there is neither."""
        if self.experiment is None:
            raise VoxError(
                f"{self.model}: no experiment file is known for this model",
                "name the experiment folder or the results folder instead",
            )
        return load_experiment(self.experiment, expand=expand, changes=changes)


def find(argument: str | Path | None = None, root: Path | None = None) -> Found:
    """Finds an experiment folder (with exp.yaml), an experiment file, a results folder, the name of one,
    or a .vxm.

    None: what was trained last. Raises VoxError when there is no such thing.
    """
    root = root or results_root()
    if argument is None:
        return _last(root)
    path = Path(argument)
    if path.suffix == ".vxm":
        return _from_model(path)
    if path.is_file():
        return _from_file(path, root)
    if (path / RESOLVED).is_file():
        return _from_results(path)
    if (path / EXPERIMENT).is_file():
        return _from_file(path / EXPERIMENT, root)
    return _by_name(path, root)


def _by_name(path: Path, root: Path) -> Found:
    """The results of that name, or a kept detector's folder."""
    recover(root, path.name)
    if len(path.parts) == 1 and (root / path / RESOLVED).is_file():
        return _from_results(root / path)
    if (path / WAKEWORD).is_file() and (path / MODEL).is_file():
        return Found(path.name, None, None, path / MODEL)
    raise _nothing_there(path, root)


def _nothing_there(path: Path, root: Path) -> VoxError:
    if path.is_dir():
        return VoxError(
            f"{path}: is neither an experiment folder (no exp.yaml) nor a results folder (no {RESOLVED})"
        )
    near = nearest(path.name, (p.parent.name for p in root.glob(f"*/{RESOLVED}")))
    return VoxError(
        f"{path}: no such experiment, results folder or .vxm",
        f"did you mean `{root / near}`?" if near else "an experiment folder holds an exp.yaml",
    )


def _last(root: Path) -> Found:
    pointer = root / LAST
    if not pointer.is_file():
        raise VoxError(
            f"nothing has been trained here yet ({pointer} does not exist)",
            "vox-embed train exp.yaml, or name an experiment folder, a results folder or a .vxm",
        )
    try:
        name = check_file_name(read_text(pointer, POINTER_BYTES).strip(), MAX_NAME)
    except (OSError, UnfitTextError):
        raise VoxError(f"{pointer} names no experiment", "name an experiment or a .vxm") from None
    recover(root, name)
    if not (root / name / RESOLVED).is_file():
        raise VoxError(f"{pointer} names `{name}`, which is no longer there", "name an experiment or a .vxm")
    return _from_results(root / name)


def _from_model(path: Path) -> Found:
    if not path.is_file():
        raise VoxError(f"{path}: no such model file")
    if (path.parent / RESOLVED).is_file():
        return _from_results(path.parent, path)
    return Found(path.stem, None, None, path)


def _from_results(folder: Path, model: Path | None = None) -> Found:
    model = model or folder / MODEL
    return Found(folder.resolve().name, _as_trained(folder), folder, model if model.is_file() else None)


def _as_trained(folder: Path) -> Path:
    """The experiment whose model lies in a results folder."""
    return folder / TUNED if (folder / TUNED).is_file() else folder / RESOLVED


def _from_file(path: Path, root: Path) -> Found:
    name = load_experiment(path, expand=False).name
    recover(root, name)
    folder = root / name
    trained = _as_trained(folder)
    # A model that was trained here comes before the one that came with the experiment.
    shipped = sorted(path.parent.glob("*.vxm"))
    model = folder / MODEL
    if not model.is_file():
        preferred = [p for p in shipped if p.name == MODEL or p.stem == name] or shipped
        return Found(name, path, folder, preferred[0] if preferred else None)
    return Found(name, trained if trained.is_file() else path, folder, model)


# ---- writing -----------------------------------------------------------------------------------------


@contextmanager
def building(
    name: str, *, root: Path | None = None, update: bool = False, resume: bool = False
) -> Iterator[Path]:
    """A folder to build results in; at the end of the `with` block it takes the place of `results/<name>`.

    update: start from a copy of what is there. resume: start from what an interrupted run left, if it
    left something. When the block raises, the earlier results stay as they are; what was built is kept
    for a later `resume` if it has a folder `checkpoint`, else removed. Raises VoxError if another run is
    building the same results.
    """
    root = root or results_root()
    check_place(name, root)
    with _turn(root, name):
        recover(root, name)
        folder, work = root / name, root / f".{name}.building"
        if work.exists() and not resume:
            shutil.rmtree(work)
        if not work.exists():
            if update and folder.exists():
                shutil.copytree(folder, work)
            else:
                work.mkdir()
        try:
            yield work
        except BaseException:
            if not (work / CHECKPOINT).is_dir():
                shutil.rmtree(work, ignore_errors=True)
            raise
        shutil.rmtree(work / CHECKPOINT, ignore_errors=True)
        _swap(work, folder)
        write_atomic(root / LAST, name + "\n")


@contextmanager
def building_of(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` to build in, which takes its place at the end of the `with` block; gone where
    the block raises. Raises VoxError where it cannot be made."""
    check_place(folder.name, folder.parent)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield work
        work.chmod(0o755)
        _swap(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_place(name: str, root: Path | None = None) -> None:
    """Refuses at once what would stop a run in its end: a results folder that cannot be made or written to,
    or something else in the place of the results. Raises VoxError.
    """
    root = root or results_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        descriptor, probe = tempfile.mkstemp(prefix=f".{name}.", suffix=".probe", dir=root)
        os.close(descriptor)
        Path(probe).unlink()
    except OSError as error:
        raise VoxError(
            f"{root}: results cannot be written here: {error.strerror or error}",
            "choose another folder: set VOX_RESULTS",
        ) from None
    lock = root / f".{name}.lock"
    if lock.is_symlink():  # not to be found after all sound was read
        raise VoxError(f"{lock}: is a link in the place of a lock file", "remove it")
    for place, kind in (
        (root / name, "folder"),
        (root / f".{name}.building", "folder"),
        (root / f".{name}.old", "folder"),
        (root / LAST, "file"),
    ):
        if place.is_symlink():
            raise VoxError(
                f"{place} is a link, which results would replace; what it leads to would stay as it is",
                "remove it; to keep results elsewhere, set VOX_RESULTS, or link their common folder",
            )
        if place.exists() and place.is_dir() != (kind == "folder"):
            raise VoxError(f"{place} is in the way: there is to be a {kind}", "rename or remove it")


@contextmanager
def _turn(root: Path, name: str) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(root / f".{name}.lock", wait=False))
        except BlockingIOError:
            raise VoxError(f"another run is writing the results of `{name}`", "wait for it to end") from None
        except OSError as error:
            raise VoxError(f"{root / f'.{name}.lock'}: {error.strerror or error}") from None
        yield


def recover(root: Path, name: str) -> None:
    """Brings back results that a run was about to replace when it was killed between two renames."""
    old = root / f".{name}.old"
    if old.is_dir() and not old.is_symlink() and not os.path.lexists(root / name):
        old.rename(root / name)


def _swap(work: Path, folder: Path) -> None:
    old = folder.parent / f".{folder.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    work.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def resolved_yaml(experiment: Experiment) -> str:
    """The experiment with every default written out. Loading it gives an equal experiment."""
    values = experiment.model_dump(mode="json", by_alias=True)
    values["data"]["root_folders"] = None  # already merged
    head = "# Written by vox-embed: every setting, defaults included.\n"
    return head + yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=110)


def has_results(folder: Path, experiment: Experiment) -> bool:
    """Whether a folder holds results of this very experiment."""
    try:
        return read_text(folder / RESOLVED, EXPERIMENT_BYTES) == resolved_yaml(experiment)
    except OSError:
        return False


def environment(packages: tuple[str, ...] = ()) -> dict[str, Any]:
    """Versions of whatever decides the figures: vox-embed, Python, packages (those installed), machine."""
    versions: dict[str, str] = {}
    for package in sorted({*_PACKAGES, *packages}):
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return {
        "vox_embed": __version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "packages": versions,
    }


def write_provenance(folder: Path, experiment: Experiment) -> None:
    """Writes experiment.resolved.yaml and environment.json."""
    write_atomic(folder / RESOLVED, resolved_yaml(experiment))
    write_atomic(folder / ENVIRONMENT, json.dumps(environment(), indent=2, sort_keys=True) + "\n")
