"""How much of a thing is taken from outside: checked before the work, and listed in docs/security.md."""

from __future__ import annotations

KIB, MIB = 1 << 10, 1 << 20

EXPERIMENT_BYTES = 256 * KIB
"""Of an experiment file, and of one that `data.root_folders` names."""
BOARD_BYTES = 64 * KIB
"""Of a board's YAML."""
MODEL_BYTES = 64 * MIB
"""Of a .vxm."""
META_BYTES = 64 * KIB
"""Of a model's META, and of a message in JSON."""
JSON_DEPTH = 32
"""Of lists and objects in one another."""
