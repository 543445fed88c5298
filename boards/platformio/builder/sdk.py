"""Boards on a vendor's SDK: CMake builds the image, as `cmake --preset` does, so that the SDK's own rules hold. `-t upload`
copies the UF2 to the board's USB boot loader."""

import glob
import shutil
import subprocess
import sys
import time
from pathlib import Path

Import("env", "board", "root", "build", "model")  # noqa: F821

BOOT_VOLUMES = ("/media/*/RPI-RP2", "/media/RPI-RP2", "/run/media/*/RPI-RP2", "/Volumes/RPI-RP2")
WAIT_SECONDS = 10
image = build / f"vox-{board['name']}.elf"


def make(target, source, env):
    """Configures and builds in the environment's build folder."""
    more = ";".join(env.GetProjectOption("custom_vox_operators", "").split())
    for command in (
        ["cmake", "--preset", board["name"], "-B", str(build), f"-DVOX_MODEL={model}", f"-DVOX_MORE_OPERATORS={more}"],
        ["cmake", "--build", str(build), "--parallel"],
    ):
        if shutil.which(command[0]) is None:
            sys.stderr.write("Error: cmake is not installed (on Debian: apt-get install cmake ninja-build)\n")
            return 1
        status = subprocess.call(command, cwd=root)
        if status != 0:
            return status
    return 0


def volume():
    """Where the boot loader's drive is mounted, or None."""
    return next((Path(path) for pattern in BOOT_VOLUMES for path in glob.glob(pattern)), None)


def upload(target, source, env):
    """Asks a running board for its boot loader by opening its port at 1200 baud, then copies the UF2 to the drive."""
    port = env.subst("$UPLOAD_PORT")
    if volume() is None and port:
        import serial

        try:
            serial.Serial(port, 1200).close()
        except serial.SerialException as error:
            sys.stderr.write(f"{port}: {error}\n")
        deadline = time.monotonic() + WAIT_SECONDS
        while volume() is None and time.monotonic() < deadline:
            time.sleep(0.2)
    drive = volume()
    uf2 = image.with_suffix(".uf2")
    if drive is None:
        sys.stderr.write(
            f"Error: there is no boot loader's drive. Hold BOOTSEL while you plug the board in and try again, or give the port "
            f"of a running board (--upload-port /dev/ttyACM0), or copy {uf2} yourself\n"
        )
        return 1
    shutil.copy(uf2, drive / uf2.name)
    print(f"copied {uf2.name} to {drive}")
    return 0


env.Replace(PROGNAME=f"vox-{board['name']}", PROGSUFFIX=".elf")
program = env.Command(str(image), [], env.VerboseAction(make, f"Building {image.name} with CMake"))
env.AlwaysBuild(program)
env.Replace(PIOMAINPROG=program)
env.Alias("checkprogsize", program)
env.AddPlatformTarget("upload", program, env.VerboseAction(upload, "Uploading $SOURCE"), "Upload", "Copy the UF2 to the board")
env.AlwaysBuild(env.Alias("nobuild", program))
env.Default([program])
