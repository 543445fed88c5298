"""PlatformIO's view of boards/: builder/main.py builds what firmware/CMakeLists.txt builds."""

import contextlib
import os
from pathlib import Path

from platformio.public import PlatformBase

os.environ.setdefault("PLATFORMIO_SETTING_ENABLE_TELEMETRY", "No")
HERE = Path(__file__).resolve().parent


class VoxembedPlatform(PlatformBase):
    """Named after platform.json, as PlatformIO wants it."""

    def configure_default_packages(self, variables, targets):
        """SCons comes from the Python environment and cppcheck from PATH, instead of PlatformIO's registry."""
        for name in ("tool-scons", "tool-cppcheck"):
            self.packages[name] = {"owner": "platformio", "type": "tool", "version": f"symlink://{HERE / name}"}
        with contextlib.suppress(OSError):
            (HERE / "tool-cppcheck" / "cppcheck").chmod(0o755)  # an export is written without modes
        return super().configure_default_packages(variables, targets)
