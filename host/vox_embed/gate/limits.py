"""How much of a thing is taken from outside: checked before the work, and listed in docs/security.md."""

from __future__ import annotations

KIB, MIB = 1 << 10, 1 << 20

EXPERIMENT_BYTES = 256 * KIB
"""Of an experiment file, and of one that `data.root_folders` names."""
HEADER_BYTES = 16 * MIB
"""Of the header of an audformat database."""
BOARD_BYTES = 64 * KIB
"""Of a board's YAML."""
MODEL_BYTES = 64 * MIB
"""Of a .vxm."""
FLOAT_MODEL_BYTES = 512 * MIB
"""Of the arrays of a float model, unpacked."""
TFLITE_BYTES = 64 * MIB
"""Of a .tflite."""
TENSOR_BYTES = 256 * MIB
"""Of an .npy with input tensors."""
MANIFEST_BYTES = 4 * MIB
"""Of an export's vox-export.json."""
PACK_BYTES = 4 << 30
"""Of a CMSIS-Pack."""
PACK_ENTRIES = 200_000
"""Of files in one."""
PDSC_BYTES = 64 * MIB
"""Of its description, unpacked; the largest in the field has about 40 MB."""
PDSC_ELEMENTS = 2_000_000
"""Of XML elements in it."""
PDSC_KEPT = 200_000
"""Of those about devices and memories."""
AUDIO_RATES = (1_000, 768_000)
"""Hz, lowest and highest."""
AUDIO_CHANNELS = 64
AUDIO_FRAMES = 1 << 25
"""Of sound that is held at once, as it is in the file and at the model's rate: 35 minutes at 16 kHz."""
AUDIO_RATIO = 256
"""Bytes of sound for each byte of a file that unpacks to more than AUDIO_UNPACKED of them."""
AUDIO_UNPACKED = 256 * MIB
META_BYTES = 64 * KIB
"""Of a model's META, and of a message in JSON."""
TABLE_BYTES = 64 * MIB
"""Of a CSV table."""
FEATURE_TABLE_BYTES = 1 << 30
"""Of a CSV or ARFF table of features."""
TABLE_LINES = 2_000_000
"""With every mark of a line's end counted: CR LF is two."""
TABLE_COLUMNS = 1_000
TABLE_CELLS = 4_000_000
LINE_BYTES = MIB
"""Of a line of a table."""
RESULT_BYTES = 16 * MIB
"""Of metrics.json and other files of a results folder that are read again."""
POINTER_BYTES = 4 * KIB
"""Of the file that names the last results."""
JSON_DEPTH = 32
"""Of lists and objects in one another."""
