"""`vox-embed learn svm | mlp`, each with `evaluate` and `predict`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vox_embed.cli.learn.greedy import GreedyCommand
from vox_embed.cli.learn.options import PARTITIONS, Input, Json, Seed, bar, partitions
from vox_embed.cli.say import say, say_json

if TYPE_CHECKING:
    from vox_embed.learn.classify import Classifier, Evaluation, How

Cross = Annotated[bool, typer.Option("--cross-validate", help="On the folds of the data set.")]
TrainPartitions = Annotated[list[str] | None, typer.Option(help=f"Learn from these: {PARTITIONS}.")]
EvalPartitions = Annotated[list[str] | None, typer.Option(help=f"Evaluate these: {PARTITIONS}.")]
Repeat = Annotated[int, typer.Option(help="Repetitions, with other random numbers; means are given.")]
Upsample = Annotated[bool, typer.Option("--upsample", help="Repeat training instances of small classes.")]
Vote = Annotated[bool, typer.Option("--majority-vote", help="One label a file: that of most of its chunks.")]
TrainInput = Annotated[Path, typer.Option(help="A netCDF 4 file to learn from.", show_default=False)]
EvalInput = Annotated[Path, typer.Option(help="A netCDF 4 file to predict for.", show_default=False)]
To = Annotated[
    Path, typer.Option("--output", help="File of lines: file name, tab, label.", show_default=False)
]
Complexity = Annotated[float, typer.Option(help="Of the linear SVM.", show_default=False)]
Epochs = Annotated[int, typer.Option("--num-epochs", help="Steps of training, each on all rows.")]
Rate = Annotated[float, typer.Option("--learning-rate", help="Of the Adam optimiser.")]
Layers = Annotated[int, typer.Option("--num-layers", help="Hidden layers.")]
Units = Annotated[int, typer.Option("--num-units", help="Units of a hidden layer.")]
KeepProb = Annotated[float, typer.Option("--keep-prob", help="Share of activations that dropout keeps.")]
Shuffle = Annotated[bool, typer.Option("--shuffle", help="Shuffle the rows between epochs.")]


def _evaluate(  # noqa: PLR0917
    classifier: Classifier,
    given: Path,
    cross: bool,
    train: list[str] | None,
    evaluated: list[str] | None,
    how: How,
    json: bool,
) -> None:
    from vox_embed.experiment.errors import VoxError
    from vox_embed.learn.classify import cross_validate, evaluate_partitions
    from vox_embed.learn.netcdf import read_instances

    if cross == bool(train or evaluated) or bool(train) != bool(evaluated):
        raise VoxError(
            "say what to evaluate on", "either --cross-validate, or --train-partitions and --eval-partitions"
        )
    chosen = (partitions(train, "--train-partitions"), partitions(evaluated, "--eval-partitions"))
    data = read_instances(given)
    with bar("Evaluating") as advance:
        if cross:
            found = cross_validate(data, classifier, how, advance)
        else:
            found = evaluate_partitions(data, classifier, how, chosen, advance)
    _say(found, json=json)


def _say(found: Evaluation, *, json: bool) -> None:
    if json:
        say_json(
            {
                "accuracy": found.accuracy,
                "uar": found.uar,
                "parts": [{"name": p.name, "accuracy": p.accuracy, "uar": p.uar} for p in found.parts],
                "labels": list(found.labels),
                "confusion": found.confusion.tolist(),
            }
        )
        return
    from rich.table import Table

    from vox_embed.cli.console import output

    for part in found.parts:
        say(f"{part.name}: accuracy {part.accuracy:.4f}, UAR {part.uar:.4f}")
    times = f" of {found.repetitions} repetitions" if found.repetitions > 1 else ""
    say(f"mean{times}: accuracy {found.accuracy:.4f}, UAR {found.uar:.4f}\n")
    table = Table(box=None, pad_edge=False)
    table.add_column("truth", no_wrap=True)
    for label in found.labels:
        table.add_column(label, justify="right")
    for label, row in zip(found.labels, found.confusion, strict=True):
        table.add_row(label, *(str(count) if count else "." for count in row))
    output().print(table)


def _predict(  # noqa: PLR0917
    classifier: Classifier,
    train_input: Path,
    train: list[str] | None,
    eval_input: Path,
    evaluated: list[str] | None,
    how: How,
    to: Path,
) -> None:
    from vox_embed.experiment.errors import VoxError
    from vox_embed.gate.files import write_atomic
    from vox_embed.learn.classify import predict
    from vox_embed.learn.netcdf import read_instances

    learned = (read_instances(train_input), partitions(train, "--train-partitions"))
    asked = (read_instances(eval_input), partitions(evaluated, "--eval-partitions"))
    lines = predict(learned, asked, classifier, how)
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(to, "".join(f"{name}\t{label}\n" for name, label in lines).encode())
    except OSError as error:
        raise VoxError(f"{to}: cannot be written: {error.strerror}", "choose another --output") from None
    say(f"{to}: {len(lines):,} predictions")


svm = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="A linear SVM on features: evaluate, predict."
)
mlp = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="An MLP on features: evaluate, predict.")


@svm.command("evaluate", cls=GreedyCommand)
def _svm_evaluate(  # noqa: PLR0917
    given: Input,
    complexity: Complexity,
    cross: Cross = False,
    train_partitions: TrainPartitions = None,
    eval_partitions: EvalPartitions = None,
    repeat: Repeat = 1,
    upsample: Upsample = False,
    majority_vote: Vote = False,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Evaluate features by a linear SVM.

    Example: vox-embed learn svm evaluate --input features.nc --cross-validate --complexity 0.01
    """
    from vox_embed.learn.classify import How, Svm

    how = How(repeat, upsample, majority_vote, seed)
    _evaluate(Svm(complexity), given, cross, train_partitions, eval_partitions, how, json)


@svm.command("predict", cls=GreedyCommand)
def _svm_predict(  # noqa: PLR0917
    train_input: TrainInput,
    eval_input: EvalInput,
    output: To,
    complexity: Complexity,
    train_partitions: TrainPartitions = None,
    eval_partitions: EvalPartitions = None,
    upsample: Upsample = False,
    majority_vote: Vote = False,
    seed: Seed = 0,
) -> None:
    """Predict labels by a linear SVM.

    Example: vox-embed learn svm predict --train-input a.nc --eval-input b.nc --complexity 0.01 --output b.tsv
    """
    from vox_embed.learn.classify import How, Svm

    how = How(1, upsample, majority_vote, seed)
    _predict(Svm(complexity), train_input, train_partitions, eval_input, eval_partitions, how, output)


@mlp.command("evaluate", cls=GreedyCommand)
def _mlp_evaluate(  # noqa: PLR0917
    given: Input,
    cross: Cross = False,
    train_partitions: TrainPartitions = None,
    eval_partitions: EvalPartitions = None,
    repeat: Repeat = 1,
    upsample: Upsample = False,
    majority_vote: Vote = False,
    epochs: Epochs = 400,
    learning_rate: Rate = 1e-3,
    layers: Layers = 2,
    units: Units = 150,
    keep_prob: KeepProb = 0.6,
    shuffle: Shuffle = False,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Evaluate features by an MLP.

    Example: vox-embed learn mlp evaluate --input features.nc --cross-validate --shuffle
    """
    from vox_embed.learn.classify import How, Mlp

    how = How(repeat, upsample, majority_vote, seed)
    machine = Mlp(epochs, learning_rate, layers, units, keep_prob, shuffle)
    _evaluate(machine, given, cross, train_partitions, eval_partitions, how, json)


@mlp.command("predict", cls=GreedyCommand)
def _mlp_predict(  # noqa: PLR0917
    train_input: TrainInput,
    eval_input: EvalInput,
    output: To,
    train_partitions: TrainPartitions = None,
    eval_partitions: EvalPartitions = None,
    upsample: Upsample = False,
    majority_vote: Vote = False,
    epochs: Epochs = 400,
    learning_rate: Rate = 1e-3,
    layers: Layers = 2,
    units: Units = 150,
    keep_prob: KeepProb = 0.6,
    shuffle: Shuffle = False,
    seed: Seed = 0,
) -> None:
    """Predict labels by an MLP.

    Example: vox-embed learn mlp predict --train-input a.nc --eval-input b.nc --output b.tsv
    """
    from vox_embed.learn.classify import How, Mlp

    how = How(1, upsample, majority_vote, seed)
    machine = Mlp(epochs, learning_rate, layers, units, keep_prob, shuffle)
    _predict(machine, train_input, train_partitions, eval_input, eval_partitions, how, output)
