"""Statistics of columns against what is known, planted faults found and named, and the page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy import stats

from helpers.sounds import tone
from vox_embed.cli.main import main
from vox_embed.data.groups import Groups, single
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.explore.association import associate, corrected
from vox_embed.explore.bias import biases
from vox_embed.explore.columns import Column
from vox_embed.runs import train
from vox_embed.runs.exploring import explore

Make = Callable[..., Path]
RNG = np.random.default_rng(3)
N = 240
LABELS = np.array(["x", "y", "z"])[np.arange(N) % 3]

_START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def draws() -> None:
    """The same draws in every test, whichever ran before it in this process."""
    RNG.bit_generator.state = _START


def nominal(values: np.ndarray, name: str = "one") -> Column:
    return Column(name, "nominal", values.astype(str))


def number(values: np.ndarray, name: str = "other") -> Column:
    return Column(name, "number", values.astype(np.float64))


def test_two_nominals() -> None:
    same = associate(nominal(LABELS), nominal(LABELS, "other"), single(N))
    assert same.measure == "V"
    assert same.effect == pytest.approx(1.0, abs=0.01)
    assert same.size == "large"
    none = associate(nominal(LABELS), nominal(RNG.integers(2, size=N)), single(N))
    assert none.effect < 0.15
    assert none.p > 0.01
    table = stats.contingency.crosstab(LABELS, LABELS).count
    assert f"{stats.chi2_contingency(table).statistic:.1f}" in same.statistic


def test_a_number_and_a_nominal() -> None:
    values = RNG.normal(0, 1, N) + np.array([0.0, 1.0, 3.0])[np.arange(N) % 3]
    found = associate(nominal(LABELS), number(values), single(N))
    assert found.measure == "d"
    assert found.between == ("x", "z")
    assert found.effect == pytest.approx(-3.0, abs=0.5)
    assert found.ci95[0] < found.effect < found.ci95[1] < -2
    parts = [values[name == LABELS] for name in "xyz"]
    assert found.p == pytest.approx(stats.kruskal(*parts).pvalue)
    assert found.told == "z"
    assert found.auc == pytest.approx(
        stats.mannwhitneyu(parts[2], np.concatenate(parts[:2])).statistic / (80 * 160)
    )


def test_two_numbers() -> None:
    x = RNG.normal(0, 1, N)
    y = x + RNG.normal(0, 1, N)
    found = associate(number(x), number(y), single(N))
    assert found.effect == pytest.approx(stats.pearsonr(x, y).statistic)
    assert f"rho = {stats.spearmanr(x, y).statistic:.2f}" in found.statistic
    assert found.ci95[0] < found.effect < found.ci95[1]


def test_intervals_draw_groups() -> None:
    """Twelve speakers of one gender each say less of a label than 240 clips seem to."""
    speakers = np.arange(N) // 20
    labels, gender = LABELS[speakers], speakers % 2
    whole = associate(nominal(labels), nominal(gender), single(N))
    drawn = associate(nominal(labels), nominal(gender), Groups(speakers, {"speaker": 12}))
    assert np.diff(drawn.ci95) > 2 * np.diff(whole.ci95)


def test_p_is_corrected_for_the_number_of_columns() -> None:
    found = [associate(nominal(LABELS), number(RNG.normal(0, 1, N), f"c{i}"), single(N)) for i in range(20)]
    again = corrected(found)
    assert all(b.p >= a.p for a, b in zip(found, again, strict=True))
    assert min(one.p for one in again) == pytest.approx(min(1.0, 20 * min(one.p for one in found)))
    assert [one.other for one in again] == [one.other for one in found]


def test_nothing_to_compare() -> None:
    assert associate(nominal(LABELS), number(np.full(N, 2.0)), single(N)) is None
    assert associate(nominal(LABELS), number(np.full(N, np.nan)), single(N)) is None


def test_bias_is_found_where_it_is() -> None:
    gender = np.array(["f", "m"])[np.arange(N) % 2]
    right = (RNG.random(N) < np.where(gender == "f", 0.95, 0.6)).astype(float)
    classes = np.arange(N) % 3
    age = number(RNG.uniform(20, 80, N), "age")
    found = biases([nominal(gender, "gender"), age], right, classes, single(N), errors=False)
    assert [one.column for one in found] == ["gender", "age"]
    assert [one.differs for one in found] == [True, False]
    assert found[0].sentence.startswith("`gender`: right 0.9")
    assert "for m" in found[0].sentence
    assert len(found[1].parts) == 4


def test_hard_classes_are_no_bias() -> None:
    """One class is hard, and one gender has more of it."""
    gender = np.array(["f", "m"])[(RNG.random(N) < np.where(np.arange(N) % 2, 0.8, 0.2)).astype(int)]
    classes = np.arange(N) % 2
    right = (RNG.random(N) < np.where(classes, 0.5, 1.0)).astype(float)
    assert not biases([nominal(gender, "gender")], right, classes, single(N), errors=False)[0].differs


def test_errors_of_regressions() -> None:
    gender = np.array(["f", "m"])[np.arange(N) % 2]
    errors = np.abs(RNG.normal(0, np.where(gender == "f", 1, 3)))
    found = biases([nominal(gender, "gender")], errors, np.zeros(N, int), single(N), errors=True)[0]
    assert found.differs
    assert "mean error" in found.sentence
    assert found.sentence.index("for f") < found.sentence.index("for m")


# ---- a planted bias ------------------------------------------------------------------------------------

REST = """
features: {type: logmel, bands: 12}
window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}
model: {type: lda}
"""


@pytest.fixture
def planted(tmp_path: Path, write_experiment: Make, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Two sounds, two genders that pitch tells. biased: in train, women say one of them and men the other."""
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))

    def make(biased: bool, level: bool = False) -> Path:
        root = tmp_path / f"corpus{biased}{level}"
        (root / "audio").mkdir(parents=True)
        lines = ["file,speaker,gender,label,split"]
        for speaker in range(20):
            gender, split = "fm"[speaker % 2], "test" if speaker >= 12 else "train"
            for take in range(6):
                label = take % 2
                if biased and split == "train" and take < 5:
                    label = speaker % 2
                name = f"audio/{speaker}_{take}.wav"
                rng = np.random.default_rng(100 * speaker + take)
                sound = tone(250 * (1 + speaker % 2) + 4 * speaker, 0.3, 16000, 100 * speaker + take)
                sound = 0.5 * sound + 0.02 * label * rng.standard_normal(len(sound))
                if level:
                    sound = sound * (0.1 if label else 1.0)
                soundfile.write(root / name, sound, 16000)
                lines.append(f"{name},s{speaker},{gender},{'ab'[label]},{split}")
        (root / "table.csv").write_text("\n".join(lines) + "\n")
        return write_experiment(
            root / "table.csv", "split_strategy: specified\nsplit_column: split", rest=REST
        )

    return make


def test_a_label_that_goes_with_gender_is_named(planted: Callable[..., Path]) -> None:
    found, folder = explore(load_experiment(planted(True)), features=False)
    assert any("`label` goes together with `gender`" in doubt for doubt in found.doubts)
    page = (folder / "report.html").read_text()
    assert "may learn `gender` in its place" in page.replace("&#39;", "'")
    fair, _ = explore(load_experiment(planted(False)), features=False)
    assert not [doubt for doubt in fair.doubts if "gender" in doubt]


def test_the_report_of_a_model_names_it_too(planted: Callable[..., Path], tmp_path: Path) -> None:
    experiment = load_experiment(planted(True))
    train(experiment, root=tmp_path / "r")
    page = (tmp_path / "r" / "tones" / "report.html").read_text()
    assert "goes together with `gender`" in page
    assert "By what is known of the clips" in page
    played = re.findall(r'<audio controls [^>]*src="(clips/[^"]+)"', page)
    assert played
    rates = {soundfile.info(tmp_path / "r" / "tones" / name).samplerate for name in played}
    assert rates == {experiment.features.sample_rate}
    assert (
        "warning: `label` goes together with `gender`" in (tmp_path / "r" / "tones" / "train.log").read_text()
    )


def test_level_that_tells_the_label_is_named(planted: Callable[..., Path]) -> None:
    found, _ = explore(load_experiment(planted(False, level=True)), features=False)
    assert any("`level` alone tells" in doubt for doubt in found.doubts)


def test_the_command_and_its_files(
    planted: Callable[..., Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = planted(True)
    assert main(["explore", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["doubts"]
    assert told["features"]
    folder = tmp_path / "results" / "tones.explore"
    assert {"report.html", "associations.csv", "metrics.json", "plots"} == {p.name for p in folder.iterdir()}
    pictures = {p.name for p in (folder / "plots").iterdir()}
    assert {
        "splits.png",
        "with_gender.png",
        "with_level.png",
        "plane_PCA.png",
        "plane_t-SNE.png",
        "importance.png",
    } <= pictures
    pages = []
    for _ in range(2):
        assert main(["explore", str(path), "--no-features"]) == 0
        shown = capsys.readouterr().out
        pages.append((folder / "report.html").read_bytes())
    assert pages[0] == pages[1]
    assert "Cramer's V" in shown
    assert "warning: `label` goes together with `gender`" in shown
    assert main(["explore", str(path), "--rows", "tset"]) == 1
    assert main(["explore", str(path), "--rows", "dev"]) == 1


def test_a_regression(make_corpus_csv: Make, write_experiment: Make, tmp_path: Path) -> None:
    csv = make_corpus_csv(labels=("1", "2", "4"), speakers=tuple("abcdef"), takes=2)
    rest = REST.replace("lda", "ridge, task: regression")
    path = write_experiment(csv, rest=rest)
    found, folder = explore(load_experiment(path), root=tmp_path / "r", features=False)
    assert {one.measure for one in found.associations} <= {"r", "d"}
    assert (folder / "plots" / "with_brightness.png").is_file()
    assert any("brightness" in one.other and one.effect > 0.8 for one in found.associations)


def test_a_name_that_a_folder_beside_has(write_experiment: Make) -> None:
    text = write_experiment("x.csv").read_text().replace("name: tones", "name: tones.explore")
    path = write_experiment("x.csv")
    path.write_text(text)
    with pytest.raises(VoxError, match="is what a file beside the results is called"):
        load_experiment(path)


def test_an_interval_holds_its_estimate() -> None:
    """Fewer speakers, drawn again, make any table more regular than it is."""
    random = np.random.default_rng(4)
    speakers = np.repeat(np.arange(6), 8)
    one = Column("one", "nominal", random.integers(4, size=48).astype(str))
    other = Column("other", "nominal", random.integers(5, size=48).astype(str))
    for seed in range(5):
        found = associate(one, other, Groups(speakers, {"speaker": 6}), seed)
        assert found is not None
        assert found.ci95[0] <= found.effect <= found.ci95[1]


def test_axes_have_units_where_they_are_known() -> None:
    values = np.arange(4.0)
    assert Column("brightness", "number", values, of_sound=True).axis == "brightness (Hz)"
    assert Column("level", "number", values, of_sound=True).axis == "level (dB of full scale)"
    assert Column("level", "number", values).axis == "level"
