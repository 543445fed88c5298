"""The group `vox-embed learn`, and what becomes of its commands."""

from __future__ import annotations

import typer

from vox_embed.cli.learn.autoencoders import GROUPS
from vox_embed.cli.learn.change import fuse, modify, upsample
from vox_embed.cli.learn.classifiers import mlp, svm
from vox_embed.cli.learn.greedy import GreedyCommand
from vox_embed.cli.learn.inspect import inspect, validate
from vox_embed.cli.learn.preprocess import preprocess
from vox_embed.cli.learn.tables import export_tables, import_tables

learn = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Learn features without labels: auDeep's commands, options and files.\n\n"
    "preprocess makes spectrograms of a data set; t-rae, f-rae and ft-rae train autoencoders on them and "
    "generate features; svm and mlp evaluate those.\n\n"
    "Example: vox-embed learn preprocess --basedir ESC-10 --mel-spectrum 128 --fixed-length 5",
)
learn.command("preprocess", cls=GreedyCommand)(preprocess)
for _name, _group in {**GROUPS, "svm": svm, "mlp": mlp, "fuse": fuse, "inspect": inspect}.items():
    learn.add_typer(_group, name=_name)
learn.command("export")(export_tables)
learn.command("import")(import_tables)
learn.command("upsample", cls=GreedyCommand)(upsample)
learn.command("modify", cls=GreedyCommand)(modify)
learn.command("validate")(validate)
