"""`vox-embed keys`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say

keys = typer.Typer(
    no_args_is_help=True,
    help="""Keys that models are signed with, so that a board takes no others.

    Example: vox-embed keys new product
    """,
)


@keys.command("new")
def new(
    name: Annotated[Path, typer.Argument(help="NAME.pem and NAME.pub.pem are made.")],
) -> None:
    """Make a pair of Ed25519 keys.

    Example: vox-embed keys new product
    """
    from vox_embed.program.signature import key_id, new_key

    private, public = name.with_name(f"{name.name}.pem"), name.with_name(f"{name.name}.pub.pem")
    raw = new_key(private, public)
    say(f"{private}: the private key. Whoever has it can sign models: keep it, and keep it secret.")
    say(
        f"{public}: the public key {key_id(raw).hex()}, for the firmware "
        f"(cmake -DVOX_PUBLIC_KEY={shlex.quote(str(public))})"
    )


@keys.command("check")
def check(
    model: Annotated[Path, typer.Argument(help="A .vxm.")],
    key: Annotated[Path, typer.Argument(help="A public key, as `keys new` made it.")],
) -> None:
    """Say whether a model is signed with a key. Exit status 1 where it is not.

    Example: vox-embed keys check digits.vxm product.pub.pem
    """
    from vox_embed.experiment.errors import VoxError
    from vox_embed.program.opened import read_vxm
    from vox_embed.program.signature import is_signed_by, key_id, public_bytes, public_key, split

    trusted = public_key(key)
    data = read_vxm(model)
    _, trailer = split(data)
    if trailer is None:
        raise VoxError(f"{model} is not signed", "vox-embed export --target vxm --sign KEY.pem")
    wanted = key_id(public_bytes(trusted))
    if trailer.key_id != wanted:
        raise VoxError(f"{model} is signed with the key {trailer.key_id.hex()}, and {key} is {wanted.hex()}")
    if not is_signed_by(data, trusted):
        raise VoxError(f"{model}: the signature is not of these bytes", "it was changed since; sign it again")
    say(f"{model}: signed with {wanted.hex()}, revision {trailer.revision}")
