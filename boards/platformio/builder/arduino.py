"""Before the build of a board with an Arduino core: the macros that boards/<board>.yaml gives, and the built-in model.

Runs in PlatformIO's own Python, so it needs nothing but the standard library.
"""

import sys
from pathlib import Path

Import("env")  # noqa: F821

root = Path(env.subst("$PROJECT_DIR"))  # noqa: F821
name = env.subst("$PIOENV")  # noqa: F821
sys.path.insert(0, str(root / "boards" / "platformio" / "builder"))
from board_file import read_board  # noqa: E402

board = read_board(root, name)

default = root / "models" / "digits" / "model.vxm"
given = env.GetProjectOption("custom_vox_model", "")  # noqa: F821
model = root / given if given else default
if given and not model.is_file():
    sys.stderr.write(f"Error: custom_vox_model: there is no file {model}\n")
    env.Exit(1)  # noqa: F821
data = model.read_bytes() if model.is_file() else b""
folder = Path(env.subst("$BUILD_DIR")) / "vox_model"  # noqa: F821
folder.mkdir(parents=True, exist_ok=True)
numbers = ",".join(map(str, data)) or "0"
text = (
    f'#include <stdint.h>\n\n#include "builtin_model.h"\n\nconst uint32_t app_builtin_model_size = {len(data)};\n'
    f"__attribute__((aligned(8))) const uint8_t app_builtin_model[] = {{{numbers}}};\n"
)
source = folder / "builtin_model.c"
if not source.is_file() or source.read_text(encoding="utf-8") != text:
    source.write_text(text, encoding="utf-8")

env.Append(  # noqa: F821
    CPPDEFINES=[
        ("VOX_BOARD_NAME", f'\\"{board["name"]}\\"'),
        ("VOX_CLOCK_MHZ", f"{board['clock_mhz']}u"),
        ("VOX_BAUD", f"{board['baud']}u"),
        ("VOX_ARENA_BYTES", f"{1024 * int(board['arena_kb'])}u"),
        ("VOX_SLOT_BYTES", f"{1024 * int(board['model_slot_kb'])}u"),
        *(tuple(define.split("=", 1)) for define in board.get("defines", "").split()),
        # As VOX_MORE_OPERATORS of CMake: operators of 16 bits, or ALL.
        *(
            "VOX_ALL_OPERATORS" if operator == "ALL" else f"VOX_WITH_{operator}"
            for operator in env.GetProjectOption("custom_vox_operators", "").split()  # noqa: F821
        ),
    ]
)
env.BuildSources("$BUILD_DIR/vox_model/objects", str(folder))  # noqa: F821
