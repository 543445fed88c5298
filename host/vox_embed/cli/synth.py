"""`vox-embed synth`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say


def synth(  # noqa: PLR0917
    words: Annotated[str, typer.Option(help="Words, separated by commas: the labels.")],
    out: Annotated[Path, typer.Option(help="Folder for the sound and synth.csv.")],
    per_word: Annotated[int, typer.Option(help="Clips of each word.")] = 200,
    unknown: Annotated[
        int | None, typer.Option(help="Clips of other words (label _unknown_).", show_default="as --per-word")
    ] = None,
    silence: Annotated[
        int | None, typer.Option(help="Clips without speech (label _silence_).", show_default="as --per-word")
    ] = None,
    sample_rate: Annotated[int, typer.Option(help="Hz.")] = 16000,
    seconds: Annotated[float, typer.Option(help="Length of a clip.")] = 1.0,
    voices: Annotated[int, typer.Option(help="Number of speakers.")] = 200,
    languages: Annotated[
        str,
        typer.Option(help="Languages or accents of espeak-ng, separated by commas; en is all of English."),
    ] = "en",
    split: Annotated[
        bool, typer.Option("--split", help="Add a column `split`: 80, 10 and 10 % of the speakers.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same sound.")] = 7,
    file_format: Annotated[str, typer.Option("--format", help="flac or wav.")] = "flac",
    jobs: Annotated[
        int | None, typer.Option(help="Processes to use.", show_default="one a processor core")
    ] = None,
) -> None:
    """Make a data set of spoken words with synthetic voices in made-up rooms.

    Example: vox-embed synth --words "yes,no,stop" --per-word 20 --out synth-words
    """
    from vox_embed.cli.progress import bars
    from vox_embed.data.synth import Recipe, make_corpus, parse_words

    recipe = Recipe(
        words=parse_words(words),
        per_word=per_word,
        unknown=per_word if unknown is None else unknown,
        silence=per_word if silence is None else silence,
        sample_rate=sample_rate,
        seconds=seconds,
        seed=seed,
        languages=tuple(part.strip() for part in languages.split(",") if part.strip()),
        voices=voices,
        split=split,
        format=file_format,
    )
    total = len(recipe.words) * recipe.per_word + recipe.unknown + recipe.silence
    with bars() as progress:
        task = progress.add_task("clips", total=total, status="")
        made = make_corpus(recipe, out, jobs, lambda count: progress.advance(task, count))
    say(f"{made} clips, {out / 'synth.csv'}")
