"""`vox-embed wakeword`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vox_embed.cli.say import say, say_json

if TYPE_CHECKING:
    from vox_embed.experiment.schema import Wakeword
    from vox_embed.runs.detector import Detector


def wakeword(  # noqa: PLR0917
    phrases: Annotated[
        list[str] | None, typer.Argument(help="What is to be detected; several are several labels.")
    ] = None,
    experiment: Annotated[
        Path | None,
        typer.Option(help="A wakeword.yaml, or the results folder that holds one, in place of a phrase."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Of espeak-ng: en, de, fr-fr, ...", show_default="en")
    ] = None,
    negatives: Annotated[
        Path | None, typer.Option(help="CSV or folder: hours of recordings in which no phrase occurs.")
    ] = None,
    positives: Annotated[
        Path | None, typer.Option(help="CSV or folder: real recordings of the phrases, where there are some.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(help="COLUMN=VALUE: only rows that have it; may be given again.")
    ] = None,
    noise: Annotated[Path | None, typer.Option(help="Folder of noise, beside what is made.")] = None,
    rooms: Annotated[Path | None, typer.Option(help="Folder of room responses, beside made ones.")] = None,
    voices: Annotated[int | None, typer.Option(help="Synthetic speakers.", show_default="600")] = None,
    spoken: Annotated[
        int | None, typer.Option(help="Utterances of each phrase.", show_default="3000")
    ] = None,
    spliced: Annotated[
        int | None,
        typer.Option(help="More of them, of pieces of the negatives (English).", show_default="1500"),
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="espeak, or kokoro: neural voices beside it.", show_default="espeak")
    ] = None,
    weights: Annotated[Path | None, typer.Option(help="Folder of the weights of kokoro.")] = None,
    fa_per_hour: Annotated[
        float | None,
        typer.Option("--fa-per-hour", help="False accepts an hour that are wanted.", show_default="0.5"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything random.", show_default="1")] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Train so many; the best is kept.", show_default="1")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Of the results folder.", show_default="from the phrases")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A small size that shows the way, in minutes.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Take up a run that was interrupted, where it stopped.")
    ] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes to use.", show_default="one a processor core")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Make a detector from a phrase: voices, training against hours of other talk, thresholds, field test.

    Example: vox-embed wakeword "hey computer" --language en --negatives talk/
    """
    from vox_embed.cli.field import conditions_of
    from vox_embed.cli.progress import Terminal

    given: dict[str, Any] = {
        "language": language,
        "negatives": _place(negatives),
        "positives": _place(positives),
        "where": conditions_of(where) if where else None,
        "noise": _place(noise),
        "rooms": _place(rooms),
        "voices": voices,
        "spoken": spoken,
        "spliced": spliced,
        "engine": engine,
        "weights": _place(weights),
        "fa_per_hour": fa_per_hour,
        "seed": seed,
        "seeds": seeds,
        "name": name,
    }
    settings = _settings(phrases or [], experiment, {k: v for k, v in given.items() if v is not None})
    settings = settings.quick() if quick else settings
    with Terminal() as terminal:
        from vox_embed.runs.detector import make_detector

        made = make_detector(settings, terminal, resume=resume, jobs=jobs)
    if json:
        say_json(made.to_dict())
        return
    _show(made)


def _place(path: Path | None) -> str | None:
    return None if path is None else str(path.absolute())


def _settings(phrases: list[str], experiment: Path | None, given: dict[str, Any]) -> Wakeword:
    from vox_embed.experiment.errors import VoxError
    from vox_embed.experiment.wakeword_file import checked_wakeword, load_wakeword

    if experiment is not None:
        if phrases:
            raise VoxError("give phrases or --experiment, not both")
        kept = load_wakeword(experiment).model_dump(mode="json")
        return checked_wakeword({**kept, **given})
    words = [" ".join(phrase.split()) for phrase in phrases]
    if not words:
        raise VoxError("there is no phrase to detect", 'vox-embed wakeword "hey computer"')
    return checked_wakeword({"name": _name(words), "phrases": words, **given})


def _name(words: list[str]) -> str:
    """A name for a results folder: letters and digits of the phrases."""
    plain = "-".join("_".join(part for part in _ascii(word).split()) for word in words)[:60].strip("-_")
    return plain or "wakeword"


def _ascii(text: str) -> str:
    import unicodedata

    flat = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return "".join(c if c.isalnum() else " " for c in flat)


def _show(made: Detector) -> None:
    from vox_embed.cli.console import output
    from vox_embed.report.field_text import field_tables, operating_table

    console = output()
    console.print(operating_table(made.calibrated.to_dict()))
    for table in field_tables(made.field):
        console.print(table)
    folder = shlex.quote(str(made.folder))
    say(f"model: {made.outcome.model} ({made.outcome.model_bytes:,} bytes)")
    say(f"report: {made.folder / 'report.html'}, {made.folder / 'field' / 'field.html'}")
    say(f"next: vox-embed field {folder} --positives ... --negatives ..., on audio that was not used here")
