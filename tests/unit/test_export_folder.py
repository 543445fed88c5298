"""Export folders: whole or not at all, and never over somebody's work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vox_embed.experiment.errors import VoxError
from vox_embed.export import find_target
from vox_embed.export.folder import MANIFEST, manifest, write_folder


def content(text: str = "one") -> dict[str, bytes]:
    files = {"a.c": text.encode(), "deep/er/b.h": b"two"}
    files[MANIFEST] = manifest("c99", 0x1234ABCD, "0.1.0", files)
    return files


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_writes_every_file_and_leaves_no_staging(tmp_path: Path) -> None:
    write_folder(tmp_path / "up" / "out", content())
    assert tree(tmp_path / "up" / "out") == content()
    assert [path.name for path in (tmp_path / "up").iterdir()] == ["out"]


def test_manifest_names_target_model_and_hashes() -> None:
    said = json.loads(content()[MANIFEST])
    assert said["target"] == "c99"
    assert said["model_crc32"] == "1234abcd"
    assert set(said["sha256"]) == {"a.c", "deep/er/b.h"}
    assert MANIFEST not in said["sha256"]


def test_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    write_folder(tmp_path / "out", content())
    assert tree(tmp_path / "out") == content()


def test_own_folder_is_replaced_with_its_build_products(tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = {"a.c": b"one", "gone.c": b""}
    write_folder(out, {**files, MANIFEST: manifest("c99", 1, "0", files)})
    (out / "build").mkdir()
    (out / "build" / "a.o").write_bytes(b"object")
    (out / "classify").write_bytes(b"program")
    write_folder(out, content("three"), products=("build", "classify"))
    assert tree(out) == content("three")


def test_foreign_folder_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(VoxError, match="was not made by an export") as error:
        write_folder(tmp_path, content())
    assert "--force" in str(error.value.hint)
    assert tree(tmp_path) == {"thesis.tex": b"years of work"}


@pytest.mark.parametrize("text", ["", "[]", '{"sha256": 3}', '{"sha256": null}', "\xff"])
def test_damaged_manifest_does_not_count_as_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="latin-1")
    with pytest.raises(VoxError, match="was not made by an export"):
        write_folder(tmp_path, content())


def test_changed_file_is_refused_by_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, content())
    (out / "a.c").write_text("mended by hand")
    with pytest.raises(VoxError, match=r"a\.c was changed since"):
        write_folder(out, content("three"))
    assert (out / "a.c").read_text() == "mended by hand"
    write_folder(out, content("three"), force=True)
    assert tree(out) == content("three")


def test_added_file_is_refused_by_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, content())
    (out / "deep" / "mine.c").write_text("")
    with pytest.raises(VoxError, match=r"mine\.c was not made by an export"):
        write_folder(out, content())


def test_file_in_the_way_is_refused_even_with_force(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(VoxError, match="not a folder"):
        write_folder(tmp_path / "out", content(), force=True)
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.parametrize("out", [".", ".."])
def test_current_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str) -> None:
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    with pytest.raises(VoxError, match="current folder"):
        write_folder(Path(out), content(), force=True)
    assert tree(tmp_path) == {}


def test_interrupted_swap_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    write_folder(out, content())
    rename = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_folder(out, content("three"))
    assert tree(out) == content()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_unwritable_parent_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VoxError, match="out"):
        write_folder(tmp_path / "file" / "out", content())


@pytest.mark.parametrize(("name", "says"), [("micropython", "--format mpy"), ("mpy", "--format mpy")])
def test_a_form_of_an_export_is_no_target(name: str, says: str) -> None:
    with pytest.raises(VoxError) as caught:
        find_target(name)
    assert says in str(caught.value.hint)
