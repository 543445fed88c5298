"""Lowering: a fully int8-quantised .tflite becomes a Program.

It gives the same bits as the reference kernels of TensorFlow Lite (BUILTIN_REF). The arithmetic is in
docs/numerics.md, "Neural operators". `operators` lists what can be lowered, a function each; `lowering` holds
what they share; `graph` reads the file.
"""

from vox_embed.program.tflite.lower import lower_tflite

__all__ = ["lower_tflite"]
