"""`vox-embed`: the list of commands, and what becomes of errors.

A command is a function (or a Typer, with commands below it) in a file of its own, and one line in COMMANDS.
At the top of these files stands nothing that takes long to import; whatever a command works with is imported
inside it.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from vox_embed.cli.augment import augment
from vox_embed.cli.bench import bench
from vox_embed.cli.boards import boards
from vox_embed.cli.calibrate import calibrate
from vox_embed.cli.cascade import cascade
from vox_embed.cli.compare import compare
from vox_embed.cli.cross_validate import cross_validate
from vox_embed.cli.data import data
from vox_embed.cli.emulate import emulate
from vox_embed.cli.ensemble import ensemble
from vox_embed.cli.evaluate import evaluate
from vox_embed.cli.example import example
from vox_embed.cli.explain import explain
from vox_embed.cli.explore import explore
from vox_embed.cli.export import export
from vox_embed.cli.fetch import fetch
from vox_embed.cli.field import field
from vox_embed.cli.flags import flags
from vox_embed.cli.flash import flash
from vox_embed.cli.import_ini import import_ini
from vox_embed.cli.import_tflite import import_tflite
from vox_embed.cli.init import init
from vox_embed.cli.keys import keys
from vox_embed.cli.learn.group import learn
from vox_embed.cli.listen import listen
from vox_embed.cli.monitor import monitor
from vox_embed.cli.multidb import multidb
from vox_embed.cli.predict import predict
from vox_embed.cli.report import report
from vox_embed.cli.runs import runs
from vox_embed.cli.say import say
from vox_embed.cli.segment import segment
from vox_embed.cli.size import size
from vox_embed.cli.synth import synth
from vox_embed.cli.train import train
from vox_embed.cli.verify import verify
from vox_embed.cli.wakeword import wakeword
from vox_embed.experiment.errors import VoxError

COMMANDS: dict[str, Callable[..., None] | typer.Typer] = {
    "example": example,
    "synth": synth,
    "init": init,
    "data": data,
    "explore": explore,
    "augment": augment,
    "segment": segment,
    "train": train,
    "cross-validate": cross_validate,
    "flags": flags,
    "wakeword": wakeword,
    "evaluate": evaluate,
    "multidb": multidb,
    "runs": runs,
    "report": report,
    "explain": explain,
    "compare": compare,
    "ensemble": ensemble,
    "predict": predict,
    "field": field,
    "calibrate": calibrate,
    "export": export,
    "keys": keys,
    "flash": flash,
    "verify": verify,
    "monitor": monitor,
    "listen": listen,
    "emulate": emulate,
    "boards": boards,
    "fetch": fetch,
    "size": size,
    "bench": bench,
    "import-tflite": import_tflite,
    "import-ini": import_ini,
    "cascade": cascade,
    "learn": learn,
}

app = typer.Typer(
    name="vox-embed",
    help="One YAML file becomes a speech or audio classifier that runs on a microcontroller.\n\n"
    "Example: vox-embed example, then vox-embed train example/exp.yaml",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

for _name, _command in COMMANDS.items():
    if isinstance(_command, typer.Typer):
        app.add_typer(_command, name=_name)
    else:
        app.command(_name)(_command)


def _print_version(wanted: bool) -> None:
    if wanted:
        from vox_embed.version import __version__

        say(f"vox-embed {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    pass


def main(arguments: list[str] | None = None) -> int:
    """Runs a command line; returns the exit status: 0, 1 (an error), 2 (wrong usage), 130 (Ctrl-C)."""
    try:
        status: Any = app(arguments, standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        say("\nstopped", error=True)
        return 130
    except BrokenPipeError:
        # Whoever read our output has had enough of it (`| head`). Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (VoxError, OSError, MemoryError) as error:
        return _fail(*_message(error))
    except ModuleNotFoundError as error:
        from vox_embed.experiment.needs import of_extra

        missing = of_extra(error)
        if missing is None:
            raise
        return _fail(missing.message, missing.hint)
    except Exception as error:
        show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
        if show is None or code is None:
            raise
        usage = io.StringIO()
        show(file=usage)
        say(usage.getvalue().rstrip(), error=True)
        return int(code)
    return status if isinstance(status, int) else 0


_NOT_ALLOWED = "choose a place that this user may read and write, or change its owner or mode"
_FULL = "make room, or choose a place on another disk"
_OF_SYSTEM = {
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: "nothing can be written there: choose another place",
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EEXIST: "something of that name is there already: choose another",
    errno.ENOTDIR: "something on the way there is a file: choose another place",
    errno.EMFILE: "too many files are open: ulimit -n 4096",
}
"""What mends an error of the operating system that no command has words of its own for."""


def _message(error: Exception) -> tuple[str, str | None]:
    """What is wrong, and a hint."""
    if isinstance(error, VoxError):
        behind = error.__context__
        of_system = _OF_SYSTEM.get(behind.errno or 0) if isinstance(behind, OSError) else None
        return error.message, error.hint or of_system
    if isinstance(error, MemoryError):
        return "there is not enough memory for this", "use less data at once, or a larger computer"
    assert isinstance(error, OSError)
    return f"{error.filename or 'the system'}: {error.strerror or error}", _OF_SYSTEM.get(error.errno or 0)


def _fail(message: str, hint: str | None) -> int:
    from rich.text import Text

    from vox_embed.cli.console import messages

    console = messages()
    console.print(Text.assemble(("error: ", "bold red"), message))
    if hint:
        console.print(Text.assemble(("hint: ", "cyan"), hint))
    return 1


def _interrupted(*_: object) -> None:
    """The first Ctrl-C ends a command in order; the next one ends it at once."""
    signal.signal(signal.SIGINT, _interrupted_again)
    raise KeyboardInterrupt


def _interrupted_again(*_: object) -> None:
    os.write(2, b"\nstopped at once\n")
    os._exit(130)


def _open_closed() -> None:
    """A stream that the caller closed (`>&-`) becomes one that takes everything: nothing else shall get its
    number, or fail because it is missing."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != number:
                os.dup2(handle, number)
                os.close(handle)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def run() -> None:
    """Entry point of the `vox-embed` script."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where a shell has it ignored
        signal.signal(signal.SIGINT, _interrupted)
    _open_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what the terminal cannot show must not stop a command
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())


if __name__ == "__main__":
    run()
