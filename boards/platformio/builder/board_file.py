"""Reading boards/<board>.yaml in PlatformIO's own Python, which may have no YAML: "key: value" lines, those below
`emulator:` as emulator.<key>, checked against boards/keys.txt."""

import re
import sys


def read_board(root, name):
    """The values of a board's file, as text. Ends the build where one is not of the kind that keys.txt allows."""
    rules = {}
    for line in (root / "boards" / "keys.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            key, _, rule = line.partition(" ")
            rules[key] = rule
    file = root / "boards" / f"{name}.yaml"
    board = {}
    section = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        key, colon, value = line.partition("#")[0].rstrip().partition(":")
        if not colon:
            continue
        section = section if key.startswith(" ") else key
        key = f"{section}.{key.strip()}" if key.startswith(" ") else key
        value = value.strip()
        if key in board:
            sys.exit(f"Error: {file}: {key} is given twice")
        if value and key in rules and not re.fullmatch(rules[key], value):
            sys.exit(f"Error: {file}: {key} cannot be {value!r}: see boards/keys.txt")
        board[key] = value
    return board
