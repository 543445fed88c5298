"""The library's kept objects: compiled once, and again when anything they are made of changes."""

from __future__ import annotations

from pathlib import Path

from vox_embed.device.measure.objects import kept_objects

COMMAND = ("gcc", "-O2")


def test_whatever_they_are_made_of_makes_others(tmp_path: Path) -> None:
    library, made = tmp_path / "library", []
    library.mkdir()
    (library / "a.c").write_text("int a;")
    (library / "a.h").write_text("")

    def make(folder: Path) -> None:
        (folder / "a.o").write_text("object")
        made.append(folder)

    def asked(*command: str) -> Path:
        return kept_objects(tmp_path, library, command or COMMAND, make)

    first = asked()
    assert asked() == first and made == [first] and (first / "a.o").read_text() == "object"
    assert asked("gcc", "-O3") != first
    (library / "a.h").write_text("#define A 1")
    assert asked() not in made[:2] and len(made) == 3


def test_what_was_broken_off_is_made_again(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()

    def fails(folder: Path) -> None:
        (folder / "half.o").write_text("")
        raise ValueError

    def works(folder: Path) -> None:
        (folder / "whole.o").write_text("")

    for make in (fails, works):
        try:
            folder = kept_objects(tmp_path, library, COMMAND, make)
        except ValueError:
            continue
    assert sorted(path.name for path in folder.iterdir()) == ["done", "whole.o"]
