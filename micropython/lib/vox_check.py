"""`vox = vox_check.load()`: `import vox`, or a sentence about what is wrong with the board's vox.mpy."""

import sys

# By the number in a .mpy's header (py/persistentcode.h).
_NAMES = [
    "bytecode",
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
]
# Those that the package carries a module for; a Thumb core runs the code of those before it.
_KEPT = ["x64", "armv6m", "armv7m", "armv7emsp", "armv7emdp", "rv32imc"]


def load():
    """The module vox. Raises ImportError where it is missing, or for another processor or MicroPython."""
    try:
        import vox

        return vox
    except (ValueError, ImportError) as error:
        raise ImportError(explain() or str(error))


def explain():
    """What is wrong with the first vox.mpy on sys.path, or None where it fits this board."""
    for folder in sys.path:
        try:
            # An empty entry is the current folder.
            with open(folder + "/vox.mpy" if folder else "vox.mpy", "rb") as file:
                return _compare(file.read(4))
        except OSError:
            pass
    return "there is no vox.mpy on this board: copy it with `mpremote cp`"


def _compare(head):
    board = getattr(sys.implementation, "_mpy", 0)
    mine = _name(board >> 10)
    if mine in _KEPT:
        again = "; export again with `vox-embed export --format mpy --arch " + mine + "`"
    else:
        again = ", for which docs/micropython.md says how to build one"
    if len(head) < 4 or head[0] != 77:
        return "vox.mpy is damaged: copy it again"
    made = _name(head[2] >> 2)
    if not board >> 10:
        return "this MicroPython loads no native modules: take an official build for the board"
    if not _loads(board >> 10, head[2] >> 2):
        return "vox.mpy is for " + made + ", this board needs " + mine + again
    if head[1] != board & 255 or head[2] & 3 != board >> 8 & 3:
        made, mine = "%d.%d" % (head[1], head[2] & 3), "%d.%d" % (board & 255, board >> 8 & 3)
        return "vox.mpy has ABI " + made + ", of MicroPython 1.23 and later; this one has " + mine
    return None


def _name(number):
    return _NAMES[number] if number < len(_NAMES) else "architecture %d" % number


def _loads(board, made):
    # A Thumb core runs the code of those before it.
    return board == made or (4 <= made <= board <= 8)
