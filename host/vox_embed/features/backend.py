"""TensorFlow, loaded where it is needed and without its greetings."""

from __future__ import annotations

import os
import sys

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_packages


def load_tensorflow() -> None:
    """Import TensorFlow and Keras; what they write to standard error meanwhile is dropped, unless they fail.

    TensorFlow logs its version and options from C++ before any logging setting is read.
    """
    if sys.modules.get("tensorflow") is not None:
        return
    need_packages("a network", ["tensorflow", "keras"])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise VoxError(
            f"TensorFlow is installed, but cannot be loaded: {error}",
            "install it again: pip install --force-reinstall 'vox-embed[train]'",
        ) from error
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
