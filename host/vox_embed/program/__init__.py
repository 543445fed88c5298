"""The integer program: operators, memory plan, lowering from .tflite, and the .vxm that it is part of."""
