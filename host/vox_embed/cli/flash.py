"""`vox-embed flash`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say, say_json


def flash(
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    target: Annotated[
        str, typer.Option(help="The board: rp2040 (Raspberry Pi Pico), microbit (BBC micro:bit 1).")
    ] = "rp2040",
    out: Annotated[Path | None, typer.Option(help="Write this .uf2 or .hex, and touch no drive.")] = None,
    drive: Annotated[
        Path | None, typer.Option(help="The drive RPI-RP2 or MICROBIT; default: it is looked for.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Put firmware and model on a Raspberry Pi Pico or a micro:bit, or into a file for it. Needs no compiler.

    The firmware is kept built; the model goes into its slot of the flash. Hold BOOTSEL while you plug a Pico
    in: its drive RPI-RP2 appears, and this copies the file there. A micro:bit's drive is always there.

    Example: vox-embed flash example --target rp2040 --out pico.uf2
    """
    from vox_embed.device.boot_drives import boot_drives, copy_to, need_drive
    from vox_embed.device.flash import find_kept, flash_file
    from vox_embed.experiment.results import find
    from vox_embed.gate.files import write_atomic
    from vox_embed.program.opened import open_model, read_vxm

    kept = find_kept(target)
    kind = kept.drive
    found = find(model)
    path = found.need_model()
    data = read_vxm(path)
    open_model(data, str(path))
    place = out or drive or need_drive(kind, boot_drives(kind))
    image = flash_file(kept, data, found.name)
    if out is not None:
        write_atomic(out, image)
    else:
        copy_to(kind, place, f"vox{kept.suffix}", image)
    if json:
        say_json({"target": target, "bytes": len(image), "out": str(place), "model": found.name})
        return
    if out is None:
        say(f"{found.name} is on the {kind.board} in {place}; it restarts and listens")
        say("next: vox-embed monitor --port /dev/ttyACM0")
        return
    say(f"{out}: {len(image):,} bytes, firmware and {found.name}")
    say(f"next: copy it to the drive {kind.label}: {kind.press}")
    say(f"or, without the board: vox-embed verify {path} --target {target} --image {out}")
