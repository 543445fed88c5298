"""report.html: what it contains, that strings are escaped, that it needs nothing else."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from vox_embed.report.content import (
    Curves,
    Layer,
    Mistake,
    ModelFacts,
    ReportData,
    Split,
    confident_mistakes,
    largest_errors,
)
from vox_embed.report.fit import FIGURES, fit
from vox_embed.report.html import render
from vox_embed.report.metrics import SILENCE, UNKNOWN, score
from vox_embed.report.pictures import all_plots

VOID = {"meta", "img", "source", "br"}
EVIL = "<b>&\"'"


class Reader(HTMLParser):
    """Checks that elements nest, and collects text and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [
            value or "" for name, value in attrs if name in ("src", "srcset", "href", "action")
        ]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data.strip())


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def example(labels: tuple[str, ...] = ("yes", "no", "stop")) -> ReportData:
    random = np.random.default_rng(3)
    count = len(labels)
    truth = np.arange(60 * count) % count
    predicted = np.where(random.random(len(truth)) < 0.9, truth, random.integers(-2, count, len(truth)))
    scores = np.where(predicted == truth, 0.9, 0.4) + 0.1 * random.random(len(truth))
    files = [f"clips/{labels[k]}_{i}.wav" for i, k in enumerate(truth)]
    curve = tuple(np.exp(-np.arange(12) / 4).tolist())
    return ReportData(
        title="Commands",
        summary="DS-CNN on 40 bands.",
        integer=score(truth, predicted, labels),
        float_scores=score(truth, truth, labels),
        model=ModelFacts(
            size=25144,
            parameters=14698,
            macs=1500000,
            arena=12800,
            listener=20480,
            sections=(("WGHT", 16000), ("FRNT", 5000)),
            layers=(Layer("conv2d", (25, 20, 48), 1968, 1200000), Layer("softmax", (1, 1, 3), 0, 0)),
            facts=(("features", "log-mel"),),
        ),
        splits=(Split("train", dict.fromkeys(labels, 200), 7321.0, 12), Split("test", {labels[0]: 60}, 59.0)),
        answer_scores=tuple(scores.tolist()),
        answer_correct=tuple((predicted == truth).tolist()),
        mistakes=confident_mistakes(files, truth, predicted, scores, labels),
        curves=Curves({"train": curve, "dev": curve}, {"train": tuple(1 - v for v in curve)}, 9),
        experiment="model:\n  type: dscnn\n",
        environment={"Python": "3.11"},
    )


def test_shows_the_figures() -> None:
    data = example()
    reader = read(render(data))
    text = reader.text
    assert "Commands" in text
    assert f"{100 * data.integer.accuracy:.2f} %" in text
    assert "100.00 %" in text
    lost = f"{100 * (1 - data.integer.accuracy):.2f}"
    assert text.count(lost) >= 2
    for shown in (
        "25.1 kB",
        "14\u202f698",
        "1\u202f500\u202f000",
        "WGHT",
        "25 × 20 × 48",
        "2 h 02 min",
        "59.0 s",
    ):
        assert any(shown in part for part in text), shown
    assert "model:\n  type: dscnn" in text
    assert "unknown" in text
    wrong = sum(not right for right in data.answer_correct)
    assert any(f"{min(20, wrong)} of {wrong} wrong answers" in part for part in text)
    listed = [part for part in text if part.startswith("clips/")]
    assert listed == [mistake.file for mistake in data.mistakes]


def test_every_count_of_the_confusion_is_there() -> None:
    data = example()
    table = re.search(r'<table class="confusion.*?</table>', render(data), re.S)
    assert table
    cells = re.findall(r"<td(?: [^>]*)?>(?:(\d+)<small>[\d.]+ %</small>)?</td>", table[0])
    assert [int(cell or 0) for cell in cells] == [n for row in data.integer.confusion for n in row]


@pytest.mark.parametrize("classes", [20, 35])
def test_many_classes(classes: int) -> None:
    page = render(example(tuple(f"word{i}" for i in range(classes))))
    assert len(read(page).addresses) == 8
    assert "confusion many" in page


def test_a_regression_shows_values_in_place_of_classes() -> None:
    random = np.random.default_rng(4)
    truth = random.uniform(-2, 2, 60)
    values = np.where(np.arange(60) == 7, np.nan, truth + random.normal(0, 0.2, 60))
    files = [f"clips/{i} {EVIL}.wav" for i in range(60)]
    labels = ("-2", "0", "2")
    data = replace(
        example(labels),
        integer=fit(truth, values, labels),
        float_scores=fit(truth, truth + 0.1, labels),
        answer_scores=(),
        answer_correct=(),
        truths=tuple(truth.tolist()),
        values=tuple(values.tolist()),
        mistakes=largest_errors(files, truth, values, limit=5),
        curves=None,
    )
    page = render(data)
    reader = read(page)
    assert len(reader.addresses) == 4  # two plots, light and dark
    for _, field in FIGURES:
        assert f"{getattr(data.integer, field):.4g}" in reader.text
    assert [part for part in reader.text if part.startswith("clips/")] == [one.file for one in data.mistakes]
    assert any("results from -2 to 2" in part for part in reader.text)
    assert any("1 of 60 test clips have no value" in part for part in reader.text)
    for heading in ("Confusion", "Classes", "Most confident mistakes", "Accuracy", "Lost to integers"):
        assert heading not in reader.text
    assert set(all_plots(data)) == {"scatter.png", "classes.png"}
    single = render(replace(data, float_scores=None, integer=fit([1.0], [1.0], labels), splits=()))
    assert "–" in read(single).text  # no correlation of one clip


def test_needs_nothing_else() -> None:
    page = render(example())
    reader = read(page)
    assert len(reader.addresses) == 8  # four plots, light and dark
    for address in reader.addresses:
        kind, _, data = address.partition(",")
        assert kind == "data:image/png;base64"
        assert base64.b64decode(data, validate=True).startswith(b"\x89PNG")
    assert not {"script", "link", "iframe", "object"} & set(reader.seen)
    assert "url(" not in page
    assert "http://" not in page
    assert "https://" not in page


def test_strings_are_escaped() -> None:
    data = example((EVIL, "no", "{{ 7 * 7 }}"))
    data = replace(
        data,
        title=f"title {EVIL}",
        summary=f"summary {EVIL}",
        notes=(f"note {EVIL}",),
        experiment=f"yaml {EVIL}",
        environment={f"name {EVIL}": f"value {EVIL}"},
        mistakes=(Mistake(f"file {EVIL}", EVIL, "no", 0.5),),
        model=replace(
            data.model,
            sections=((f"section {EVIL}", 1),),
            layers=(Layer(f"layer {EVIL}", (1,), 0, 0),),
            facts=((f"fact {EVIL}", f"really {EVIL}"),),
        ),
        splits=(Split(f"split {EVIL}", {EVIL: 1}, 1.0),),
    )
    page = render(data)
    assert "<b>&" not in page
    assert "&lt;b&gt;&amp;&#34;&#39;" in page
    text = read(page).text
    for part in (
        "title",
        "summary",
        "note",
        "yaml",
        "name",
        "value",
        "file",
        "section",
        "layer",
        "fact",
        "really",
    ):
        assert f"{part} {EVIL}" in text, part
    assert f"split {EVIL}" in text
    assert any("{{ 7 * 7 }}" in part for part in text)
    assert "49" not in text


def test_file_name_that_is_no_text() -> None:
    data = replace(example(), mistakes=(Mistake("caf\udce9.wav", "yes", "no", 0.5),))
    page = render(data).encode("utf-8").decode("utf-8")
    assert "caf\\udce9.wav" in page


def test_the_least_there_can_be() -> None:
    data = ReportData(
        title="t",
        integer=score([0, 0], [0, 0], ["a", "b"]),
        model=ModelFacts(size=0, parameters=0, macs=0, arena=0, listener=0),
        splits=(),
    )
    reader = read(render(data))
    assert reader.addresses == []
    assert "None: all 2 test clips are right." in reader.text
    assert "b: no test clips, left out of the UAR" in reader.text
    assert "loss, points" not in reader.text
    assert set(all_plots(data)) == {"confusion.png", "f1.png"}


def test_shares_never_round_up_to_all() -> None:
    truth = np.zeros(100000, dtype=int)
    truth[-1] = 1
    predicted = np.zeros(100000, dtype=int)
    data = replace(example(), integer=score(truth, predicted, ["a", "b"]), float_scores=None)
    text = read(render(data)).text
    assert "99.99 %" in text
    assert "99.9 %" in text
    assert "100.00 %" not in text


def test_same_data_same_bytes() -> None:
    assert render(example()) == render(example())


def test_plots_for_the_folder() -> None:
    made = all_plots(example())
    assert list(made) == [
        "confusion.png",
        "f1.png",
        "classes.png",
        "training.png",
        "scores.png",
        "sureness.png",
    ]
    assert all(image.startswith(b"\x89PNG") for image in made.values())


def test_confident_mistakes() -> None:
    files = ["d", "c", "b", "a", "e"]
    found = confident_mistakes(
        files, [0, 0, 1, 1, 1], [0, 1, 0, UNKNOWN, SILENCE], [1, 0.8, 0.8, 0.2, 0], ["x", "y"]
    )
    assert found == (
        Mistake("b", "y", "x", 0.8),
        Mistake("c", "x", "y", 0.8),
        Mistake("a", "y", "unknown", 0.2),
        Mistake("e", "y", "silence", 0.0),
    )
    assert confident_mistakes(files, [0] * 5, [1] * 5, [1, 2, 3, 4, 5], ["x", "y"], limit=2)[0].file == "e"
    with pytest.raises(ValueError, match="4 files"):
        confident_mistakes(files[:4], [0] * 5, [1] * 5, [0] * 5, ["x", "y"])
    with pytest.raises(ValueError, match="1 scores for 0 answers"):
        replace(example(), answer_scores=(0.5,), answer_correct=())
