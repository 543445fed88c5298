"""The results folder: whole or not at all, and found by what a user names."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.results import building, check_place, find, recover, write_provenance
from vox_embed.gate.files import write_atomic

TEXT = "name: tones\ndata: {databases: {tones: {path: tones.csv}}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "results"


def experiment_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "models" / "tones"
    folder.mkdir(parents=True)
    (folder / "exp.yaml").write_text(TEXT)
    return folder


def train(folder: Path, root: Path, content: bytes = b"model", **options: bool) -> None:
    experiment = load_experiment(folder)
    with building(experiment.name, root=root, **options) as work:
        write_provenance(work, experiment)
        (work / "model.vxm").write_bytes(content)


def entries(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()}


def test_results_are_found_by_every_name(tmp_path: Path, root: Path) -> None:
    folder = experiment_folder(tmp_path)
    before = find(folder, root)
    assert (before.name, before.model) == ("tones", None)
    with pytest.raises(VoxError, match="has not been trained"):
        before.need_model()
    train(folder, root)
    model = root / "tones" / "model.vxm"
    for name in (None, folder, folder / "exp.yaml", root / "tones", "tones", model):
        found = find(name, root)
        assert found.need_model() == model
        assert found.need_experiment().name == "tones"
    assert entries(root) == {"tones", "last"}
    assert json.loads((root / "tones" / "environment.json").read_text())["packages"]["numpy"]


def test_a_model_that_comes_with_the_experiment(tmp_path: Path, root: Path) -> None:
    folder = experiment_folder(tmp_path)
    (folder / "tones.vxm").write_bytes(b"shipped")
    assert find(folder, root).need_model() == folder / "tones.vxm"
    train(folder, root)
    assert find(folder, root).need_model() == root / "tones" / "model.vxm"
    lone = find(folder / "tones.vxm", root)
    with pytest.raises(VoxError, match="no experiment file is known"):
        lone.need_experiment()


def test_what_is_not_there(tmp_path: Path, root: Path) -> None:
    with pytest.raises(VoxError, match="nothing has been trained"):
        find(None, root)
    with pytest.raises(VoxError, match=r"no such model file"):
        find(tmp_path / "x.vxm", root)
    with pytest.raises(VoxError, match=r"neither an experiment folder .* nor a results folder"):
        find(tmp_path, root)
    train(experiment_folder(tmp_path), root)
    with pytest.raises(VoxError) as caught:
        find("tonse", root)
    assert "did you mean" in str(caught.value) and "tones" in str(caught.value)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_run_leaves_the_earlier_results(
    tmp_path: Path, root: Path, interruption: type[BaseException]
) -> None:
    folder = experiment_folder(tmp_path)
    train(folder, root, b"first")
    with pytest.raises(interruption), building("tones", root=root) as work:
        (work / "model.vxm").write_bytes(b"half")
        raise interruption
    assert (root / "tones" / "model.vxm").read_bytes() == b"first"
    assert entries(root) == {"tones", "last"}


def test_a_checkpoint_survives_for_a_run_that_resumes(root: Path) -> None:
    with pytest.raises(KeyboardInterrupt), building("tones", root=root) as work:
        (work / "checkpoint").mkdir()
        (work / "checkpoint" / "epoch").write_text("3")
        raise KeyboardInterrupt
    assert not (root / "tones").exists() and not (root / "last").exists()
    with building("tones", root=root, resume=True) as work:
        assert (work / "checkpoint" / "epoch").read_text() == "3"
    assert not (root / "tones" / "checkpoint").exists()
    with building("tones", root=root) as work:
        assert not any(work.iterdir())


def test_update_starts_from_what_is_there(tmp_path: Path, root: Path) -> None:
    train(experiment_folder(tmp_path), root, b"first")
    with building("tones", root=root, update=True) as work:
        assert (work / "model.vxm").read_bytes() == b"first"
        (work / "metrics.json").write_text("{}")
    assert (root / "tones" / "model.vxm").read_bytes() == b"first"
    assert (root / "tones" / "metrics.json").is_file()


def test_killed_between_two_renames(tmp_path: Path, root: Path) -> None:
    train(experiment_folder(tmp_path), root, b"first")
    (root / "tones").rename(root / ".tones.old")
    assert find(None, root).need_model().read_bytes() == b"first"
    recover(root, "tones")  # nothing to do any more
    assert (root / "tones").is_dir()


def test_two_runs_at_once(root: Path) -> None:
    with (
        building("tones", root=root),
        pytest.raises(VoxError, match="another run is writing"),
        building("tones", root=root),
    ):
        pass
    assert (root / "tones").is_dir()


@pytest.mark.parametrize(
    ("place", "said"),
    [("tones", "tones is a link"), (".tones.building", "building is a link"), ("last", "last is a link")],
)
def test_links_in_the_place_of_results_are_found_before_the_work(root: Path, place: str, said: str) -> None:
    kept = root.parent / "elsewhere"
    kept.mkdir()
    (kept / "precious").write_text("precious")
    root.mkdir(exist_ok=True)
    (root / place).symlink_to(kept)
    with pytest.raises(VoxError, match=said):
        check_place("tones", root)
    with pytest.raises(VoxError, match=said), building("tones", root=root):
        pytest.fail("the work began")
    assert (kept / "precious").read_text() == "precious" and (root / place).is_symlink()


def test_a_link_in_the_place_of_the_lock_is_not_followed(root: Path) -> None:
    precious = root.parent / "precious"
    precious.write_text("precious")
    root.mkdir(exist_ok=True)
    (root / ".tones.lock").symlink_to(precious)
    with pytest.raises(VoxError, match=r"tones\.lock: is a link"), building("tones", root=root):
        pytest.fail("the work began")
    assert precious.read_text() == "precious"


@pytest.mark.parametrize(
    ("place", "kind"), [("tones", "file"), ("last", "folder"), (".tones.building", "file")]
)
def test_other_things_in_the_place_of_results(root: Path, place: str, kind: str) -> None:
    root.mkdir(exist_ok=True)
    (root / place).mkdir() if kind == "folder" else (root / place).write_text("x")
    with pytest.raises(VoxError, match="is in the way"):
        check_place("tones", root)


def test_results_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for root in (tmp_path / "file", tmp_path / "file" / "results", Path("/proc/results")):
        with pytest.raises(VoxError, match="cannot be written here"):
            check_place("tones", root)


@pytest.mark.parametrize(
    "name", ["last", "LAST", "nul", "com1", "tones.folds", "tones.", "a/b", "../a", "x" * 129]
)
def test_names_that_results_cannot_have(tmp_path: Path, name: str) -> None:
    folder = experiment_folder(tmp_path)
    path = folder / "exp.yaml"
    path.write_text(path.read_text().replace("name: tones", f"name: {name}"))
    with pytest.raises(VoxError, match=r"exp\.yaml:\d+: name: "):
        load_experiment(path)


@pytest.mark.parametrize("content", ["../secret", "", "a\nb", "x" * 9999, "/etc"])
def test_a_pointer_that_names_no_experiment(root: Path, content: str) -> None:
    root.mkdir(exist_ok=True)
    (root / "last").write_text(content)
    with pytest.raises(VoxError, match="names no experiment"):
        find(None, root)


def test_write_atomic_replaces_links_and_leaves_what_they_lead_to(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "a").symlink_to(precious)
    write_atomic(tmp_path / "a", "caf\udce9")
    assert precious.read_text() == "precious" and not (tmp_path / "a").is_symlink()
    assert (tmp_path / "a").read_text() == "caf\\udce9"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~_umask()
    with pytest.raises(OSError, match=r".+"):
        write_atomic(tmp_path / "no folder" / "b", "x")
    assert entries(tmp_path) == {"precious", "a"}


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_write_atomic_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", "one")
    write_atomic(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"two"
    assert entries(tmp_path) == {"a"}
