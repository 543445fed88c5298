"""PlatformIO's view of boards/: builder/main.py builds what firmware/CMakeLists.txt builds."""

import os
from pathlib import Path

from platformio.public import PlatformBase

os.environ.setdefault("PLATFORMIO_SETTING_ENABLE_TELEMETRY", "No")


class VoxembedPlatform(PlatformBase):
    """Named after platform.json, as PlatformIO wants it."""

    def configure_default_packages(self, variables, targets):
        """SCons comes from the Python environment instead of PlatformIO's registry."""
        self.packages["tool-scons"] = {
            "owner": "platformio",
            "type": "tool",
            "version": f"symlink://{Path(__file__).resolve().parent / 'tool-scons'}",
        }
        return super().configure_default_packages(variables, targets)
