"""Boards with an Arduino core, compiled for this computer against a stand-in for the Arduino API: the sources, filters and
macros of the board's environment, so that it does not rot where the board's own platform cannot be had. The tests use it."""

from SCons.Script import Default

Import("env", "board", "root", "fail")  # noqa: F821

stub = env.GetProjectOption("custom_vox_arduino_stub", "")  # noqa: F821
if not stub:
    fail(  # noqa: F821
        f"{board['name']} is built by PlatformIO's platform {board['platformio.platform']}: leave `platform` in "  # noqa: F821
        "platformio.ini as it is"
    )
stub = str(root / stub)  # noqa: F821
warnings = ["-Wall", "-Wextra", "-Werror"]
env.Replace(CC="gcc", CXX="g++", AR="ar", RANLIB="ranlib", LINK="g++", SIZETOOL=None, PROGNAME="program", PROGSUFFIX="")  # noqa: F821
env.Append(CPPPATH=[stub], CCFLAGS=warnings, CXXFLAGS=["-std=gnu++11"], CFLAGS=["-std=gnu11"])  # noqa: F821
env.BuildSources("$BUILD_DIR/arduino_stub", stub)  # noqa: F821
Default([env.BuildProgram()])  # noqa: F821
