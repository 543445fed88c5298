"""The C99 export: compiles alone and strictly, and gives the host's numbers, bit for bit."""

from __future__ import annotations

import shutil
import struct
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.c_program import compile_c, object_of
from helpers.tiny_model import CLIPS, FEATURES, KINDS, LABELS, RATE, clip, tiny_model, tiny_network
from vox_embed.core import Model, run_clip
from vox_embed.experiment.errors import VoxError
from vox_embed.export import ExportModel, export_model, find_target
from vox_embed.export.c99 import C99

STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
SANITISED = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]


def write_wav(path: Path, samples: NDArray[np.int16], rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def exported(kind: str, out: Path) -> Path:
    export_model(C99(), ExportModel(tiny_model(kind), kind), out)
    return out


def compiled(folder: Path, compiler: str, flags: list[str]) -> Path:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    command = [compiler, *STRICT, *flags, "-I.", "-Ivox/include", "-Ivox/src"]
    objects = [object_of(command, path, folder) for path in sorted(folder.rglob("*.c"))]
    return compile_c([], folder / "classify", flags, objects=objects, compiler=compiler, standard="c99")


def expected_raw(model: Model, samples: NDArray[np.int16]) -> list[str]:
    """What `classify --raw` must print, from the library as Python sees it."""
    run = run_clip(model, samples)
    heard = run.heard
    lines: list[str] = []
    events = list(heard.events)
    for i, frame in enumerate(heard.window_frames):
        row = [frame, heard.verdict_labels[i], heard.verdict_scores[i], heard.gated[i], *heard.posteriors[i]]
        lines.append("window " + " ".join(map(str, row)))
        while events and events[0].frame == frame:
            lines.append("event " + " ".join(map(str, events.pop(0))))
    assert not events
    lines.append("scores " + " ".join(map(str, run.scores)))
    lines.append(f"verdict {run.label} {run.score}")
    return lines


def run_raw(program: Path, wav: Path) -> list[str]:
    done = subprocess.run([program, "--raw", wav], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def every_op(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`classify` of the model that uses every operator, built as its Makefile does."""
    folder = exported("every_op", tmp_path_factory.mktemp("c99") / "out")
    done = subprocess.run(["make", "-j2"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "classify"


@pytest.mark.parametrize(
    ("compiler", "kind", "flags"),
    [
        ("gcc", "every_op", SANITISED),
        ("clang", "every_op", SANITISED),
        ("gcc", "conv", ["-O2"]),
        ("clang", "dense", ["-O2", "-DVOX_PLAIN_C"]),
    ],
)
def test_same_bits_as_the_host(tmp_path: Path, compiler: str, kind: str, flags: list[str]) -> None:
    program = compiled(exported(kind, tmp_path / "out"), compiler, flags)
    model = Model(tiny_model(kind))
    seen_events = 0
    for name in CLIPS:
        for seconds in (0.013, 0.3, 2.0):
            samples = clip(name, seconds)
            raw = run_raw(program, write_wav(tmp_path / "clip.wav", samples))
            assert raw == expected_raw(model, samples), (name, seconds)
            seen_events += sum(line.startswith("event") for line in raw)
    assert seen_events > 0


def test_make_gives_the_same_bits(every_op: Path, tmp_path: Path) -> None:
    samples = clip("bursts", 3.0)
    raw = run_raw(every_op, write_wav(tmp_path / "clip.wav", samples))
    assert raw == expected_raw(Model(tiny_model("every_op")), samples)


def test_cmake_builds_it(tmp_path: Path) -> None:
    folder = exported("conv", tmp_path / "out")
    for command in (["cmake", "-B", "build", "-G", "Ninja"], ["cmake", "--build", "build"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    samples = clip("chirp")
    raw = run_raw(folder / "build" / "classify", write_wav(tmp_path / "clip.wav", samples))
    assert raw == expected_raw(Model(tiny_model("conv")), samples)


def test_output_for_people(every_op: Path, tmp_path: Path) -> None:
    samples = clip("bursts", 2.0)
    run = run_clip(Model(tiny_model("every_op")), samples)
    assert run.heard.events
    done = subprocess.run(
        [every_op, write_wav(tmp_path / "clip.wav", samples)], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    count = len(run.heard.events)
    first = run.heard.events[0]
    seconds = ((first.frame - 1) * FEATURES.hop + FEATURES.window) / RATE
    assert float(lines[0].split()[0]) == pytest.approx(seconds, abs=0.011)
    assert lines[0].split()[2:4] == ["begin", LABELS[first.label]]
    assert lines[count].split() == [LABELS[run.label], f"{run.score / 327.68:.1f}", "%"]
    assert [line.split()[-1] for line in lines[count + 1 :]] == list(LABELS)


def test_only_the_kernels_that_are_used(tmp_path: Path) -> None:
    dense = exported("dense", tmp_path / "dense")
    units = {path.name for path in (dense / "vox" / "src").rglob("*.c")}
    assert {"dense.c", "softmax.c"} <= units
    assert not units & {"conv_2d.c", "depthwise_2d.c", "max_pool.c", "mean.c", "add.c", "relu.c", "kernels.c"}
    assert not (dense / "vox" / "src" / "link").exists()
    listed = (dense / "kernels.c").read_text()
    assert "&vox_kernel_dense," in listed
    assert "vox_kernel_conv_2d __attribute__((weak))" in listed


@pytest.mark.parametrize("kind", KINDS)
def test_same_model_same_bytes(tmp_path: Path, kind: str) -> None:
    first, second = exported(kind, tmp_path / "a"), exported(kind, tmp_path / "elsewhere" / "b")
    paths = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert paths == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    for path in paths:
        assert (first / path).read_bytes() == (second / path).read_bytes(), path
        assert str(tmp_path).encode() not in (first / path).read_bytes(), path


def test_footprint_counts_model_and_memory(tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    sizes = {}
    for kind in ("dense", "conv"):
        model = ExportModel(tiny_model(kind), kind)
        folder = exported(kind, tmp_path / kind)
        sizes[kind] = C99().footprint(model, folder)
        assert sizes[kind].missing is None
        assert sizes[kind].model == len(model.data)
        assert sizes[kind].listener == model.core.listener_size
        assert 0 < (sizes[kind].static or 0) < 1000
    assert 4000 < (sizes["dense"].code or 0) < (sizes["conv"].code or 0) < 40000


def test_footprint_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = exported("dense", tmp_path / "out")
    monkeypatch.setenv("PATH", str(tmp_path))
    footprint = C99().footprint(ExportModel(tiny_model("dense"), "dense"), folder)
    assert footprint.code is None
    assert "arm-none-eabi-gcc" in (footprint.missing or "")


@pytest.mark.parametrize("kind", KINDS)
def test_bare_network_runs_on_tensors(tmp_path: Path, kind: str) -> None:
    data, folder = tiny_network(kind), tmp_path / "out"
    export_model(C99(), ExportModel(data, "net"), folder)
    compiled(folder, "gcc", SANITISED)
    done = subprocess.run(["make", "-j2"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    model = Model(data)
    rows = np.random.default_rng(3).integers(-128, 128, (20, 24 * 16), dtype=np.int8)
    for program in ("classify", "infer"):  # as `compiled` names it, and as make does
        done = subprocess.run([folder / program, "-"], input=rows.tobytes(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        got = [[int(value) for value in line.split()] for line in done.stdout.splitlines()]
        np.testing.assert_array_equal(got, model.run(rows))
    assert len(np.unique(got, axis=0)) > 10
    sizes = C99().footprint(ExportModel(data, "net"), folder)
    assert (sizes.listener, sizes.arena) == (0, model.arena_size)


def test_bare_network_says_what_is_wrong_with_its_inputs(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export_model(C99(), ExportModel(tiny_network(), "net"), folder)
    program = compiled(folder, "gcc", SANITISED)
    (tmp_path / "cut.bin").write_bytes(bytes(24 * 16 + 1))
    for name, status, said in (("cut.bin", 1, "ends within a row"), ("none.bin", 1, "cannot be opened")):
        done = subprocess.run([program, tmp_path / name], capture_output=True, text=True, check=False)
        assert (done.returncode, said in done.stderr) == (status, True)
    assert subprocess.run([program], capture_output=True, check=False).returncode == 2


def test_network_with_state_goes_on_from_row_to_row(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert (extra `dev`)")
    from helpers.wake_word import wake_word_network
    from vox_embed.program.build import build_network
    from vox_embed.program.tflite import lower_tflite

    data = build_network(lower_tflite(wake_word_network(np.random.default_rng(1), 2)), {})
    export_model(C99(), ExportModel(data, "net"), tmp_path / "out")
    program = compiled(tmp_path / "out", "gcc", SANITISED)
    rows = np.random.default_rng(2).integers(-128, 128, (50, 80), dtype=np.int8)
    done = subprocess.run([program, "-"], input=rows.tobytes(), capture_output=True, check=False)
    got = np.array([int(line) for line in done.stdout.splitlines()])
    np.testing.assert_array_equal(got, Model(data).run(rows).ravel())
    assert "bytes of state" in (tmp_path / "out" / "README.md").read_text()


def test_unsound_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.vxm"
    path.write_bytes(tiny_model()[:-8])
    with pytest.raises(VoxError, match=r"cut\.vxm"):
        ExportModel.read(path)
    with pytest.raises(VoxError, match="No such file"):
        ExportModel.read(tmp_path / "missing.vxm")


def test_labels_from_anywhere_do_not_break_the_sources(tmp_path: Path) -> None:
    labels = ("*/ #error", 'a"b\\', "grün")
    export_model(C99(), ExportModel(tiny_model("dense", labels=labels), "odd"), tmp_path / "out")
    program = compiled(tmp_path / "out", "gcc", ["-O1"])
    wav = write_wav(tmp_path / "clip.wav", clip("noise"))
    said = subprocess.run([program, wav], capture_output=True, text=True, check=True).stdout
    assert all(label in said for label in labels)


def test_lines_in_the_readme_compile(tmp_path: Path) -> None:
    folder = exported("dense", tmp_path / "out")
    code = (folder / "README.md").read_text().split("```c\n")[1].split("```")[0]
    declarations, calls = code.split("\n\n    vox_model_open", 1)
    (folder / "main.c").write_text(
        f"{declarations}\nvoid handle(const char *label, int kind);\n"
        "void hear(const int16_t *samples, size_t count);\n"
        f"void hear(const int16_t *samples, size_t count)\n{{\n    vox_model_open{calls}}}\n"
    )
    includes = ["-I.", "-Ivox/include"]
    done = subprocess.run(
        ["gcc", *STRICT, *includes, "-fsyntax-only", "main.c"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_nearest_target_is_named() -> None:
    with pytest.raises(VoxError) as error:
        find_target("c89")
    assert error.value.hint == "did you mean `c99`?"


# ---- WAV files ------------------------------------------------------------------------------


def chunk(tag: bytes, data: bytes, size: int | None = None) -> bytes:
    return tag + struct.pack("<I", len(data) if size is None else size) + data + bytes(len(data) % 2)


def riff(*chunks: bytes, size: int | None = None, tag: bytes = b"RIFF") -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return tag + struct.pack("<I", len(body) if size is None else size) + body


def rf64(*chunks: bytes, data: int, tag: bytes = b"RF64") -> bytes:
    """With the sizes in 64 bits in front."""
    sizes = struct.pack("<QQQI", 2**33, data, data // 2, 0)
    return riff(chunk(b"ds64", sizes), *chunks, size=0xFFFFFFFF, tag=tag)


def fmt(code: int = 1, channels: int = 1, rate: int = RATE, bits: int = 16, more: bytes = b"") -> bytes:
    block = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", code, channels, rate, rate * block, block, bits) + more)


SOUND = clip("noise", 0.5).astype("<i2").tobytes()
EXTENSIBLE = struct.pack("<HHIH", 22, 16, 4, 1) + bytes.fromhex("000000001000800000aa00389b71")


@pytest.mark.parametrize(
    "content",
    [
        riff(fmt(), chunk(b"LIST", b"odd"), chunk(b"data", SOUND)),
        riff(fmt(code=0xFFFE, more=EXTENSIBLE), chunk(b"data", SOUND), chunk(b"id3 ", b"tag")),
        riff(fmt(more=b"\0\0"), chunk(b"data", SOUND)),
        riff(fmt(), chunk(b"LIST", b"odd")[:-1], chunk(b"data", SOUND)),
        riff(fmt(more=b"\0\0\0"), chunk(b"data", SOUND)),
        riff(fmt(), chunk(b"data", SOUND + b"x", len(SOUND) + 1), chunk(b"LIST", b"more")),
        rf64(fmt(), chunk(b"data", SOUND, 0xFFFFFFFF), chunk(b"id3 ", b"tag"), data=len(SOUND)),
        rf64(fmt(), chunk(b"data", SOUND, 0xFFFFFFFF), data=len(SOUND), tag=b"BW64"),
        rf64(fmt(), chunk(b"data", SOUND), chunk(b"id3 ", b"tag"), data=12),
        rf64(fmt(), chunk(b"data", SOUND, 0xFFFFFFFF), data=0),
        rf64(fmt(), chunk(b"data", SOUND, 0xFFFFFFFF), data=2**64 - 1),
    ],
    ids=[
        *("other chunks", "extensible", "18-byte format", "odd, not padded", "odd format", "odd samples"),
        *("RF64", "BW64", "RF64, 32-bit size", "RF64 of 0", "RF64 of all ones"),
    ],
)
def test_wav_is_understood(every_op: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    assert run_raw(every_op, path) == expected_raw(Model(tiny_model("every_op")), clip("noise", 0.5))


@pytest.mark.parametrize(
    ("whole", "data"),
    [
        (0x7FFFF024, 0x7FFFF000),  # sox
        (0x7FFFFFFF, 0x7FFFFFDB),
        (0x80000024, 0x80000000),  # arecord
        (0xFFFFFFFF, 0xFFFFFFFF),  # ffmpeg
        (0xFFFFFFFF, 0xFFFFFFDB),
        (0, 0),  # GStreamer
        (36, 0),  # a recording that was broken off
        (0xFFFFFFFF, 0),
    ],
)
def test_wav_from_a_pipe(every_op: Path, whole: int, data: int) -> None:
    """The sizes that programs write where they do not know how long the recording will be."""
    content = riff(fmt(), chunk(b"data", SOUND, data), size=whole)
    done = subprocess.run([every_op, "--raw", "-"], input=content, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    expected = expected_raw(Model(tiny_model("every_op")), clip("noise", 0.5))
    assert done.stdout.decode().splitlines() == expected


@pytest.mark.parametrize("more", [1, 2, 1001, 0x10000000])
def test_wav_that_is_cut_short(every_op: Path, tmp_path: Path, more: int) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(riff(fmt(), chunk(b"data", SOUND, len(SOUND) + more)))
    done = subprocess.run([every_op, "--raw", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.splitlines() == expected_raw(Model(tiny_model("every_op")), clip("noise", 0.5))
    said = f"{path}: ends {more // 2} samples before its header says; what is there was classified\n"
    assert done.stderr == (said if more > 1 else "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a WAV file"),
        (b"fLaC" + bytes(100), "not a WAV file"),
        (riff(fmt(rate=44100), chunk(b"data", SOUND)), "44100 Hz, but this model hears 8000 Hz"),
        (riff(fmt(channels=2), chunk(b"data", SOUND)), "2 channels"),
        (riff(fmt(bits=8), chunk(b"data", SOUND)), "8 bits"),
        (riff(fmt(code=3, bits=32), chunk(b"data", SOUND)), "format 3 with 32 bits"),
        (riff(fmt(code=0xFFFE), chunk(b"data", SOUND)), "format 65534"),
        (riff(chunk(b"data", SOUND)), "before their format"),
        (riff(fmt()), "no data chunk"),
        (riff(chunk(b"fmt ", b"\1\0\1\0")), "cut short"),
        (riff(fmt())[:30], "cut short"),
        (riff(fmt(), chunk(b"LIST", b"abc", 1000)), "no data chunk"),
        (riff(fmt(), chunk(b"data", b"")), "no samples"),
        (riff(fmt(), chunk(b"data", b"", 0xFFFFFFFF)), "no samples"),
        (riff(fmt(), chunk(b"data", b""), chunk(b"LIST", SOUND)), "no samples"),
        (riff(fmt(), chunk(b"data", b"", 1)), "no samples"),
        (riff(fmt(), chunk(b"LIST", b"", 0xFFFFFFFF), chunk(b"data", SOUND)), "no data chunk"),
        (riff(chunk(b"fmt ", b"\1\0\1\0", 0xFFFFFFFF)), "cut short"),
        (riff(fmt(code=0xFFFE, more=EXTENSIBLE[:-1] + b"x"), chunk(b"data", SOUND)), "format 65534"),
        (riff(chunk(b"ds64", b"1234"), fmt(), chunk(b"data", SOUND), tag=b"RF64"), "ds64 chunk is cut short"),
        (riff(fmt(), chunk(b"data", SOUND), tag=b"RIFX"), "not a WAV file"),
    ],
)
def test_wav_at_fault_is_said(every_op: Path, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    done = subprocess.run([every_op, path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{path}: ")
    assert said in done.stderr


def test_no_header_makes_it_crash(tmp_path: Path) -> None:
    """Headers with bytes at random, and cut at random, under sanitizers: an answer or a sentence."""
    folder = exported("dense", tmp_path / "out")
    program = compiled(folder, "gcc", SANITISED)
    rng = np.random.default_rng(3)
    start = rf64(chunk(b"LIST", b"odd"), fmt(code=0xFFFE, more=EXTENSIBLE), chunk(b"data", b""), data=400)
    for _ in range(60):
        content = bytearray(start + SOUND[:400])
        for at in rng.integers(0, len(start), rng.integers(1, 4)):
            content[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.integers(256)])
        cut = bytes(content[: rng.integers(1, len(content) + 1)]) if rng.random() < 0.3 else bytes(content)
        done = subprocess.run([program, "--raw", "-"], input=cut, capture_output=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        assert done.stderr.startswith(b"standard input: ") or (done.returncode, done.stderr) == (0, b"")


def test_missing_file_and_usage(every_op: Path, tmp_path: Path) -> None:
    done = subprocess.run([every_op, tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, "Is a directory" in done.stderr) == (1, True)
    done = subprocess.run([every_op, tmp_path / "no.wav"], capture_output=True, text=True, check=False)
    assert (done.returncode, "No such file" in done.stderr) == (1, True)
    for arguments in ([], ["--raw"], ["--help"], ["a", "b"], ["--raw", "a", "b"]):
        done = subprocess.run([every_op, *arguments], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.startswith("usage:")) == (2, True), arguments
