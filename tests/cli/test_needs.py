"""What is not installed is said at the start, with how to install it: extras, compilers, emulators."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from helpers.hidden import HIDE
from helpers.tiny_model import tiny_model
from vox_embed.cli import main as command_line
from vox_embed.cli.main import main
from vox_embed.device import rp2040
from vox_embed.device.boards import all_boards
from vox_embed.device.measure.machine import recipe_of
from vox_embed.experiment import needs
from vox_embed.experiment.errors import VoxError

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]

EXPERIMENT = "name: x\ndata: {{databases: {{a: {{path: a.csv}}}}}}\nwindow: {window}\nmodel: {{{model}}}\n"
"""Its table does not exist: what is said first comes before any data is read."""
FUNCTIONALS = "{functionals: [mean]}"


@pytest.fixture
def without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))

    def run(packages: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.setenv("HIDDEN", packages)
        return subprocess.run(
            [sys.executable, "-c", HIDE, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=tmp_path,
            check=False,
        )

    return run


def assert_said(done: subprocess.CompletedProcess[str], message: str, hint: str) -> None:
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: {message}\nhint: {hint}\n"


@pytest.mark.parametrize("command", ["train", "cross-validate"])
@pytest.mark.parametrize(
    ("model", "hidden", "said", "extra"),
    [
        (
            "type: dscnn",
            "tensorflow,keras,tflite",
            "the packages tensorflow, keras and tflite, which are",
            "train",
        ),
        ("type: cnn", "tflite", "the package tflite, which is", "train"),
        ("type: mlp", "tensorflow", "the package tensorflow, which is", "train"),
        ("type: xgboost", "xgboost", "the package xgboost, which is", "xgboost"),
    ],
)
def test_training(  # noqa: PLR0917
    command: str, model: str, hidden: str, said: str, extra: str, without: Run, tmp_path: Path
) -> None:
    window = "{}" if "cnn" in model else FUNCTIONALS
    (tmp_path / "exp.yaml").write_text(EXPERIMENT.format(model=model, window=window))
    more = "; or choose model.type: gradient_boosting" if extra == "xgboost" else ""
    assert_said(
        without(hidden, command, "exp.yaml"),
        f"model.{model} needs {said} not installed",
        f"pip install 'vox-embed[{extra}]'{more}",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exp.yaml"]  # nothing was begun


@pytest.mark.parametrize(
    ("more", "hidden", "what", "extra"),
    [
        ("model: {type: svm, balancing: smote}", "imblearn", "model.balancing: smote", "balance"),
        (
            "augment: {audiomentations: [{type: Gain}]}",
            "audiomentations",
            "augment.audiomentations",
            "augment",
        ),
        ("tuning: {method: optuna, space: {c: [1, 2]}}", "optuna", "tuning.method: optuna", "optuna"),
    ],
)
def test_what_is_asked_for_beside_the_model(  # noqa: PLR0917
    more: str, hidden: str, what: str, extra: str, without: Run, tmp_path: Path
) -> None:
    """Not after all sound was read: there is none here."""
    text = EXPERIMENT.format(model="type: svm", window=FUNCTIONALS)
    key = more.partition(":")[0]
    lines = [line for line in text.splitlines() if not line.startswith(f"{key}:")]
    (tmp_path / "exp.yaml").write_text("\n".join([*lines, more, ""]))
    assert_said(
        without(hidden, "train", "exp.yaml"),
        f"{what} needs the package {hidden}, which is not installed",
        f"pip install 'vox-embed[{extra}]'",
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exp.yaml"]


def test_nothing_of_auDeep_without_its_extra(without: Run, tmp_path: Path) -> None:  # noqa: N802
    assert_said(
        without("netCDF4,xarray", "learn", "import", "--basedir", ".", "--name", "a", "--output", "a.nc"),
        "vox-embed learn import needs the packages netCDF4 and xarray, which are not installed",
        "pip install 'vox-embed[learn]'",
    )


def test_a_package_that_nobody_asked_for_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback, wherever it is imported; but a module of no extra is a fault of ours."""

    def command(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'xarray.core'", name=missing)

    monkeypatch.setattr(command_line, "app", command)
    missing = "xarray.core"
    assert command_line.main([]) == 1
    assert "pip install 'vox-embed[learn]'" in capsys.readouterr().err
    missing = "vox_embed.nothing"
    with pytest.raises(ModuleNotFoundError):
        command_line.main([])


def test_what_needs_no_extra_asks_for_none(without: Run, tmp_path: Path) -> None:
    (tmp_path / "exp.yaml").write_text(EXPERIMENT.format(model="type: forest", window=FUNCTIONALS))
    done = without("tensorflow,keras,tflite,xgboost,opensmile,espeakng_loader", "train", "exp.yaml")
    assert done.returncode == 1 and "a.csv" in done.stderr and "pip" not in done.stderr


def test_opensmile(without: Run, tmp_path: Path, make_corpus_csv: Callable[..., Path]) -> None:
    table = make_corpus_csv()
    (tmp_path / "exp.yaml").write_text(
        f"name: x\ndata: {{databases: {{a: {{path: {table}, test_size: 20}}}}}}\n"
        "features: {type: opensmile}\nwindow: {functionals: [mean]}\nmodel: {type: forest}\n"
    )
    assert_said(
        without("opensmile", "train", "exp.yaml"),
        "features: type `opensmile` needs the package opensmile, which is not installed",
        "pip install 'vox-embed[opensmile]'; its licence allows research only",
    )


def test_synthetic_speech(without: Run, tmp_path: Path) -> None:
    assert_said(
        without("espeakng_loader", "synth", "--words", "yes,no", "--per-word", "1", "--out", "made"),
        "synthetic speech needs the package espeakng_loader, which is not installed",
        "pip install 'vox-embed[synth]'",
    )
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("command", [("import-tflite", "--out", "made"), ("verify", "--target", "native")])
def test_tflite(command: tuple[str, ...], without: Run, tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(b"anything")
    assert_said(
        without("tflite", command[0], "net.tflite", *command[1:]),
        "reading .tflite files needs the package tflite, which is not installed",
        "pip install 'vox-embed[train]'",
    )
    assert not (tmp_path / "made").exists()


def test_a_broken_package_is_no_missing_one(tmp_path: Path) -> None:
    """As after a failed update: it is found, but cannot be loaded."""
    (tmp_path / "keras.py").touch()
    (tmp_path / "tensorflow.py").write_text("raise ImportError('libtf.so: no such file')\n")
    code = "from vox_embed.features.backend import load_tensorflow; load_tensorflow()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "TensorFlow is installed, but cannot be loaded: libtf.so: no such file" in done.stderr


def test_the_table_is_that_of_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(needs.EXTRAS) == set(project["optional-dependencies"]) - {"dev", "docs"}
    for extra, modules in needs.EXTRAS.items():
        listed = " ".join(project["optional-dependencies"][extra]).replace("-", "_")
        for module in modules:
            # Keras comes with TensorFlow.
            called = {"imblearn": "imbalanced_learn"}.get(module, module)
            assert called in listed or (module, extra) == ("keras", "train")


# ---- other programs


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A model file; and a PATH without any program."""
    (tmp_path / "tiny.vxm").write_bytes(tiny_model("conv"))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(needs, "or_setup", lambda: "")
    return str(tmp_path / "tiny.vxm")


BUILD_ARM = "cmake, ninja and arm-none-eabi-gcc"
APT = "on Debian: apt-get install "
ARM = "gcc-arm-none-eabi libnewlib-arm-none-eabi"
RISCV = "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (
            "verify --target qemu-m4",
            "building and emulating qemu-m4 needs qemu-system-arm, cmake, ninja and "
            "arm-none-eabi-gcc, which are",
            f"qemu-system-arm cmake ninja-build {ARM}",
        ),
        (
            "monitor --target qemu-rv32",
            "building and emulating qemu-rv32 needs qemu-system-riscv32, cmake, ninja and "
            "riscv64-unknown-elf-gcc, which are",
            f"qemu-system-misc cmake ninja-build {RISCV}",
        ),
        (
            "verify --target native",
            "building the image for native needs cmake, ninja and cc, which are",
            "cmake ninja-build gcc",
        ),
        ("bench --target qemu-m4", "compiling for qemu-m4 needs arm-none-eabi-gcc, which is", ARM),
        (
            "bench --target qemu-rv32",
            "compiling for qemu-rv32 needs riscv64-unknown-elf-gcc, which is",
            RISCV,
        ),
        (
            "size --target qemu-m4",
            "building the image for qemu-m4 needs cmake, ninja, arm-none-eabi-gcc and "
            "arm-none-eabi-objdump, which are",
            f"cmake ninja-build {ARM}",
        ),
        (
            "size --target qemu-rv32",
            "building the image for qemu-rv32 needs cmake, ninja, riscv64-unknown-elf-gcc and "
            "riscv64-unknown-elf-objdump, which are",
            f"cmake ninja-build {RISCV}",
        ),
        (
            "verify --target rp2040",
            "emulating the RP2040 needs node, arm-none-eabi-gcc and arm-none-eabi-objcopy, which are",
            f"nodejs npm {ARM}",
        ),
        (
            "emulate --target rp2040",
            "emulating the RP2040 needs node, arm-none-eabi-gcc and arm-none-eabi-objcopy, which are",
            f"nodejs npm {ARM}",
        ),
    ],
)
def test_programs(
    arguments: str, message: str, hint: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, *rest = arguments.split()
    assert main([command, model, *rest]) == 1
    assert capsys.readouterr().err == f"error: {message} not installed\nhint: {APT}{hint}\n"


def test_programs_are_asked_for_before_the_data(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A results folder whose recordings are gone."""
    folder = tmp_path / "results" / "x"
    folder.mkdir(parents=True)
    Path(model).rename(folder / "model.vxm")
    (folder / "experiment.resolved.yaml").write_text(EXPERIMENT.format(model="type: dscnn", window="{}"))
    assert main(["verify", str(folder), "--target", "qemu-m4"]) == 1
    assert "needs qemu-system-arm" in capsys.readouterr().err


def test_an_image_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tiny.vxm").write_bytes(tiny_model("conv"))
    assert main(["verify", str(tmp_path / "tiny.vxm"), "--target", "native", "--image", "gone.elf"]) == 1
    assert capsys.readouterr().err.startswith("error: there is no image gone.elf\n")


def test_pico_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICO_SDK_PATH", str(tmp_path))
    with pytest.raises(VoxError, match="there is none in") as refused:
        rp2040.need_sdk()
    assert "PICO_SDK_PATH" in str(refused.value.hint)


def test_every_program_of_every_board_has_a_package() -> None:
    for board in all_boards():
        compiler = recipe_of(board.name).compiler
        programs = [f"{compiler}gcc", f"{compiler}objdump", "cmake", "ninja"]
        programs += [board.emulator_program] if board.emulator_program.startswith("qemu") else []
        if not board.platform:
            assert needs.install_hint(programs).startswith(APT)


def test_every_program_that_is_asked_for_has_a_package() -> None:
    """Not another's: a list of names in the sources, held against the table."""
    asked = set()
    for path in (ROOT / "host" / "vox_embed").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "need_programs":
                asked |= {n.value for n in ast.walk(node.args[1]) if isinstance(n, ast.Constant)}
    assert {"git", "npm"} <= asked
    for program in asked - {"gcc"}:
        assert program in needs.install_hint([program]) or program in needs.DEBIAN, program
    assert needs.install_hint(["git"]).startswith(f"{APT}git")


def test_setup_is_offered_where_it_is() -> None:
    assert needs.or_setup() == f"; or `make setup` in {ROOT}"
    assert "setup" in yaml.safe_dump((ROOT / "Makefile").read_text())
