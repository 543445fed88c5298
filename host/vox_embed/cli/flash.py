"""`vox-embed flash`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say, say_json
from vox_embed.experiment.errors import VoxError


def flash(
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    target: Annotated[str, typer.Option(help="The board: rp2040 (Raspberry Pi Pico).")] = "rp2040",
    out: Annotated[Path | None, typer.Option(help="Write this .uf2, and touch no drive.")] = None,
    drive: Annotated[Path | None, typer.Option(help="The drive RPI-RP2; default: it is looked for.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Put firmware and model on a Raspberry Pi Pico, or into a file for it. Needs no compiler and no SDK.

    The firmware is kept built; the model goes into its slot of the flash. Hold BOOTSEL while you plug the
    Pico in: its drive RPI-RP2 appears, and this copies the file there.

    Example: vox-embed flash example --target rp2040 --out pico.uf2
    """
    from vox_embed.device.flash import TARGETS, boot_drives, copy_to, need_drive, pico_uf2
    from vox_embed.experiment.results import find
    from vox_embed.gate.files import write_atomic
    from vox_embed.program.opened import open_model, read_vxm

    if target not in TARGETS:
        raise VoxError(
            f"there is no firmware kept built for {target}",
            f"choose one of: {', '.join(TARGETS)}; or: vox-embed export --target {target}",
        )
    found = find(model)
    path = found.need_model()
    data = read_vxm(path)
    open_model(data, str(path))
    place = out or drive or need_drive(boot_drives())
    image = pico_uf2(data, found.name)
    if out is not None:
        write_atomic(out, image)
    else:
        copy_to(place, image)
    if json:
        say_json({"target": target, "bytes": len(image), "out": str(place), "model": found.name})
        return
    if out is None:
        say(f"{found.name} is on the Pico in {place}; it restarts and listens")
        say("next: vox-embed monitor --port /dev/ttyACM0")
        return
    say(f"{out}: {len(image):,} bytes, firmware and {found.name}")
    say("next: hold BOOTSEL, plug the Pico in, and copy the file to its drive RPI-RP2")
    say(f"or, without a Pico: vox-embed monitor {path} --target rp2040 --image {out} --wav FILE")
