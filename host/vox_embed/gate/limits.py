"""How much of a thing is taken from outside: checked before the work, and listed in docs/security.md."""

from __future__ import annotations

KIB, MIB = 1 << 10, 1 << 20

EXPERIMENT_BYTES = 256 * KIB
"""Of an experiment file, and of one that `data.root_folders` names."""
BOARD_BYTES = 64 * KIB
"""Of a board's YAML."""
MODEL_BYTES = 64 * MIB
"""Of a .vxm."""
FLOAT_MODEL_BYTES = 512 * MIB
"""Of the arrays of a float model, unpacked."""
META_BYTES = 64 * KIB
"""Of a model's META, and of a message in JSON."""
TABLE_BYTES = 64 * MIB
"""Of a CSV table."""
TABLE_ROWS = 1_000_000
TABLE_COLUMNS = 1000
CELL_BYTES = 64 * KIB
RESULT_BYTES = 16 * MIB
"""Of metrics.json and other files of a results folder that are read again."""
POINTER_BYTES = 4 * KIB
"""Of the file that names the last results."""
JSON_DEPTH = 32
"""Of lists and objects in one another."""
