"""TensorFlow, loaded where it is needed and without its greetings."""

from __future__ import annotations

import os
import sys


def load_tensorflow() -> None:
    """Import TensorFlow and Keras; what they write to standard error meanwhile is dropped, unless they fail.

    TensorFlow logs its version and options from C++ before any logging setting is read.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
