"""The runner of `pio test`: reads the lines of check.h. Unity itself would come from the registry."""

from platformio.public import UnityTestRunner


class CustomTestRunner(UnityTestRunner):
    """The name that PlatformIO looks for."""

    EXTRA_LIB_DEPS = None

    def configure_build_env(self, env):  # type: ignore[no-untyped-def]
        """Nothing to add: check.h needs no configuration."""
        return env
