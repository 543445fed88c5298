"""Builds the device program for a board: the sources, flags and link order of firmware/CMakeLists.txt, so that both give
the same code. `-t upload` runs an emulated board."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from SCons.Script import COMMAND_LINE_TARGETS, AlwaysBuild, Default, DefaultEnvironment, Return

env = DefaultEnvironment()
root = Path(env.subst("$PROJECT_DIR"))
build = Path(env.subst("$BUILD_DIR"))
name = env.subst("$PIOENV")
sys.path.insert(0, str(root / "boards" / "platformio" / "builder"))
from board_file import read_board  # noqa: E402

board = read_board(root, name)
linker_script = board.get("linker_script")


def fail(message):
    sys.stderr.write(f"Error: {message}\n")
    env.Exit(1)


if "platformio" in board:
    env.SConscript(str(root / "boards" / "platformio" / "builder" / "arduino_stub.py"), exports=["env", "board", "root", "fail"])
    Return()


# --- the built-in model
def embed(target, source, env):
    """As boards/cmake/embed_model.cmake."""
    data = Path(str(source[0])).read_bytes() if source else b""
    text = "".join(f"0x{byte:02x}," + ("\n" if i % 16 == 15 else "") for i, byte in enumerate(data)) or "0"
    Path(str(target[0])).write_text(
        '#include <stdint.h>\n\n#include "builtin_model.h"\n\n'
        f"const uint32_t app_builtin_model_size = {len(data)};\n"
        f"__attribute__((aligned(8))) const uint8_t app_builtin_model[] = {{\n{text}\n}};\n",
        encoding="utf-8",
    )


default_model = root / "models" / "digits" / "model.vxm"
model = env.GetProjectOption("custom_vox_model", "") or (str(default_model) if default_model.exists() else "")
if model:
    model = str(root / model)
    if not Path(model).is_file():
        fail(f"custom_vox_model: there is no file {model}")
if board.get("sdk"):
    env.SConscript(str(root / "boards" / "platformio" / "builder" / "sdk.py"), exports=["env", "board", "root", "build", "model"])
    Return()
model_source = env.Command(str(build / "builtin_model.c"), [model] if model else [], env.VerboseAction(embed, "Embedding the model"))
env.Depends(model_source, env.Value(model))

# --- tools and flags
prefix = board.get("compiler", "")
cpu = board.get("cpu_flags", "").split()
env.Replace(
    CC=f"{prefix}gcc",
    AR=f"{prefix}ar",
    RANLIB=f"{prefix}ranlib",
    LINK=f"{prefix}gcc",
    SIZETOOL=f"{prefix}size",
    ARFLAGS=["qc"],
    PROGNAME=f"vox-{name}",
    PROGSUFFIX=".elf" if linker_script else "",
    SIZEPROGREGEXP=r"^(?:\.text|\.data|\.ARM\.exidx)\s+(\d+).*",
    SIZEDATAREGEXP=r"^(?:\.data|\.bss|\.stack)\s+(\d+).*",
    SIZECHECKCMD="$SIZETOOL -A -d $SOURCES",
    SIZEPRINTCMD="$SIZETOOL -B -d $SOURCES",
)
warnings = ["-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror"]
env.Replace(CPPDEFINES=[], CPPPATH=[], CXXFLAGS=[], CFLAGS=[], LIBPATH=[], LIBS=[])
env.Replace(CCFLAGS=[*cpu, "-O2", "-g", *warnings, "-ffunction-sections", "-fdata-sections", "-std=c99"])
env.Replace(LINKFLAGS=[*cpu, "-O2", "-g"])
if linker_script:
    env.Append(
        LINKFLAGS=[
            "-nostartfiles", "-nostdlib", f"-T{root / linker_script}", "-Wl,--gc-sections",
            f"-Wl,--defsym=STACK_SIZE={int(board['stack_kb']) * 1024}",
            f"-Wl,-Map={build / f'vox-{name}.map'}",
        ]
    )  # fmt: skip
    if "flash_origin" in board and "ram_origin" in board:  # boards/ld/cortex-m.ld
        memories = {
            "FLASH_ORIGIN": board["flash_origin"],
            "FLASH_SIZE": int(board["flash_kb"]) * 1024,
            "RAM_ORIGIN": board["ram_origin"],
            "RAM_SIZE": int(board["ram_kb"]) * 1024,
        }
        env.Append(LINKFLAGS=[f"-Wl,--defsym={symbol}={value}" for symbol, value in memories.items()])

# --- objects, in the order in which CMake hands them to the linker
firmware = root / "firmware"
# As VOX_MORE_OPERATORS of CMake: operators of 16 bits, or ALL.
more = env.GetProjectOption("custom_vox_operators", "").split()
library_env = env.Clone(
    CPPPATH=[str(firmware / "vox" / "include"), str(firmware / "vox" / "src")],
    CPPDEFINES=["VOX_ALL_OPERATORS" if operator == "ALL" else f"VOX_WITH_{operator}" for operator in more],
)
program_env = env.Clone(
    CPPPATH=[
        str(firmware / "app"),
        str(firmware / "hal" / board["hal"]),
        str(firmware / "hal"),
        str(firmware / "vox" / "include"),
    ],
    CPPDEFINES=[
        ("VOX_BOARD_NAME", f'\\"{board["name"]}\\"'),
        ("VOX_CLOCK_MHZ", f"{board['clock_mhz']}u"),
        ("VOX_BAUD", f"{board.get('baud', 0)}u"),
        ("VOX_ARENA_BYTES", f"{int(board['arena_kb']) * 1024}u"),
        ("VOX_SLOT_BYTES", f"{int(board['model_slot_kb']) * 1024}u"),
        *(tuple(define.split("=", 1)) for define in board.get("defines", "").split()),
    ],
)


def objects(environment, sources):
    return [
        environment.Object(str(build / path.relative_to(firmware).with_suffix(".o")), str(path)) for path in sources
    ]


library_sources = sorted((firmware / "vox" / "src").rglob("*.c"), key=lambda path: path.as_posix().encode())
hal_sources = sorted((firmware / "hal" / board["hal"]).glob("*.c"))
parts = (board.get("parts") or "ram_slots").split()
app_sources = sorted((firmware / "app").glob("*.c"))
library = library_env.Library(str(build / "vox"), objects(library_env, library_sources))
if "__test" in COMMAND_LINE_TARGETS:
    # `pio test`: the library, the built-in model and the test's own files, as a program of this computer.
    if linker_script:
        fail(f"the unit tests run on this computer: pio test -e native (not {name})")
    tests = Path(env.subst("$PROJECT_TEST_DIR"))
    test_env = program_env.Clone()
    test_env.Prepend(CPPPATH=[str(tests)])
    test_sources = sorted((tests / env.subst("$PIOTEST_RUNNING_NAME")).glob("*.c"))
    program = test_env.Program(
        str(build / "program"),
        [
            *(test_env.Object(str(build / "test" / path.relative_to(tests).with_suffix(".o")), str(path)) for path in test_sources),
            program_env.Object(str(build / "builtin_model.o"), model_source),
        ],
        _LIBFLAGS=str(library[0].get_abspath()),
    )
    env.Depends(program, library)
    env.Replace(PIOMAINPROG=program)
    env.Alias("checkprogsize", program)
    Default([program])
    Return()
program_objects = [
    *objects(program_env, [*app_sources, *hal_sources, *(firmware / "hal" / f"{part}.c" for part in parts)]),
    program_env.Object(str(build / "builtin_model.o"), model_source),
]
runtime = ["-lc", "-lgcc"] if linker_script else []
program = program_env.Program(
    str(build / "${PROGNAME}"),
    program_objects,
    _LIBFLAGS=" ".join([str(library[0].get_abspath()), *runtime]),
)
env.Depends(program, [library, *([str(root / linker_script)] if linker_script else [])])
env.Replace(PIOMAINPROG=program)
env.Alias("checkprogsize", program)  # PlatformIO asks for it before the image is used


# --- upload: run it
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def greet(port):
    """HELLO over the link, with the host package where it is installed. Returns the exit status."""
    try:
        from vox_embed.device.targets import open_port
        from vox_embed.experiment.errors import VoxError
    except ImportError:
        print("vox-embed is not installed here, so nobody said hello to it")
        return 0
    try:
        with open_port(port) as session:
            device = session.device
            what = f"model {device.model_name or format(device.model_crc, '08x')}" if device.model_size else "no model"
            print(f"HELLO from {device.board}: {what}, {device.memory // 1024} kB for models", flush=True)
    except VoxError as error:
        print(f"Error: {error}", flush=True)
        return 1
    return 0


def run(target, source, env):
    """Starts the image; on a terminal it runs until Ctrl-C, otherwise it ends after its greeting."""
    image = str(source[0])
    emulator = board.get("emulator.program")
    if not emulator:
        fail(f"uploading to {name} is not set up; flash {image} with the board's own tool")
    if emulator == "native":
        process = subprocess.Popen([image, "--pty"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        port = process.stdout.readline().strip()
    else:
        if shutil.which(emulator) is None:
            fail(f"{emulator} is not installed (on Debian: apt-get install qemu-system-arm)")
        number = free_port()
        port = f"socket://127.0.0.1:{number}"
        command = [emulator, "-M", board["emulator.machine"], *board.get("emulator.args", "").split(), "-kernel", image]
        command += ["-echr", "256", "-serial", "chardev:link"]
        command += ["-chardev", f"socket,id=link,mux=on,host=127.0.0.1,port={number},server=on,wait=off,nodelay=on"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", number), 0.1).close()
                break
            except OSError:
                time.sleep(0.05)
    try:
        status = greet(port)
        print(f"attach with: vox-embed monitor --port {port}", flush=True)
        if status == 0 and sys.stdin.isatty():
            print("running; Ctrl-C ends it", flush=True)
            status = process.wait()
    except KeyboardInterrupt:
        status = 0
    finally:
        process.terminate()
        process.wait()
    return status


size = env.AddPlatformTarget(
    "size", program, env.VerboseAction("$SIZEPRINTCMD", "Calculating size $SOURCE"), "Program Size", ""
)
env.AddPlatformTarget("upload", program, env.VerboseAction(run, "Running $SOURCE"), "Upload", "Run the emulated board")
AlwaysBuild(env.Alias("nobuild", program))
Default([program, size])
