"""The same work on a Dask cluster: equal bytes, and a cluster that goes away is told, and nothing is lost."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vox_embed.data import cluster as module
from vox_embed.data.cluster import Cluster
from vox_embed.data.processes import in_processes
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.runs.bench import trials
from vox_embed.runs.bench.flags import flags
from vox_embed.runs.bench.settings import grid_of, settings_of
from vox_embed.runs.cross import cross_validate
from vox_embed.runs.training import train

distributed = pytest.importorskip("distributed", reason="needs pip install 'vox-embed[dask]'")

Make = Callable[..., Path]
REST = """
features: {type: logmel, bands: 12}
window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}
model: {type: lda}
"""


def local(workers: int = 1, processes: bool = False) -> object:
    return distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=processes, dashboard_address=None,
        protocol="tcp", host="127.0.0.1", silence_logs=60,
    )  # fmt: skip


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with local(2) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def path(
    make_corpus_csv: Make, write_experiment: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))
    return write_experiment(make_corpus_csv(speakers=tuple("abcd"), takes=2), rest=REST)


def square(value: int) -> int:
    return value * value


def refuse(value: int) -> int:
    raise VoxError(f"{value} is wrong", "take another")


def slow(value: int) -> int:
    time.sleep(0.05)
    return value


def test_results_come_in_order(address: str) -> None:
    assert list(in_processes(square, range(40), Cluster(address))) == [i * i for i in range(40)]


def test_what_the_work_says_comes_through(address: str) -> None:
    with pytest.raises(VoxError, match="3 is wrong"):
        list(Cluster(address).run(refuse, [3]))


@pytest.mark.parametrize("text", ["here", "tcp://here", "http://here:80", "tcp://:99999999"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(VoxError, match="no address of a scheduler"):
        Cluster(text)


def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(VoxError, match="no cluster answers there"):
        list(Cluster(address).run(square, [1]))


def test_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 1)
    with local(0) as empty, pytest.raises(VoxError, match="no workers"):
        list(Cluster(empty.scheduler_address).run(square, [1]))


def test_workers_that_do_not_fit(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VoxError, match=r"does not see .*nowhere"):
        list(Cluster(address).run(square, [1], [tmp_path, tmp_path / "nowhere"]))
    monkeypatch.setattr(module, "__version__", "9.9")
    monkeypatch.setattr(module, "_look", _old)
    with pytest.raises(VoxError, match=r"has vox-embed 0\.0; here it is 9\.9"):
        list(Cluster(address).run(square, [1]))


def _old(paths: list[str]) -> tuple[str, list[str]]:
    return "0.0", []


def test_a_cluster_that_goes_away_is_told() -> None:
    with local() as cluster:
        coming = Cluster(cluster.scheduler_address).run(slow, range(200))
        assert [next(coming) for _ in range(3)] == [0, 1, 2]
        closing = threading.Thread(target=cluster.close)
        closing.start()
        with pytest.raises(VoxError, match=r"went away after [0-9]+ of 200 tasks") as told:
            list(coming)
        closing.join()
    assert "the same command" in str(told.value.hint)


def test_flags_give_the_same_and_go_on_where_they_stopped(
    path: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(path, grid_of(("model.type=lda,tree",)))[0]
    here = flags(settings, inner=2, root=tmp_path / "here")
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "other"))
    kept = tmp_path / "there" / here.folder.name / "trials"
    (kept).mkdir(parents=True)
    done = sorted((here.folder / "trials").iterdir())
    for one in done[:2]:  # of a run that was stopped
        (kept / one.name).write_bytes(one.read_bytes())
    judged: list[str] = []
    whole = trials.judged
    monkeypatch.setattr(trials, "judged", lambda *a, **k: (judged.append("one"), whole(*a, **k))[1])
    there = flags(settings, inner=2, jobs=Cluster(address), root=tmp_path / "there")
    assert len(judged) == len(done) - 2
    assert (here.folder / "table.csv").read_bytes() == (there.folder / "table.csv").read_bytes()
    model = [one.folder.parent / "tones" / "model.vxm" for one in (here, there)]
    assert model[0].read_bytes() == model[1].read_bytes()


def test_training_extracts_on_the_cluster(
    path: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = load_experiment(path)
    made = []
    for place, cluster in (("here", None), ("there", Cluster(address))):
        monkeypatch.setenv("VOX_CACHE", str(tmp_path / f"cache-{place}"))
        train(experiment, root=tmp_path / place, cluster=cluster)
        made.append((tmp_path / place / "tones" / "model.vxm").read_bytes())
        kept = {file.name: file.read_bytes() for file in (tmp_path / f"cache-{place}").rglob("*.vxa")}
        made.append(kept)
        assert len(kept) == 16
    assert made[:2] == made[2:]


def test_folds_give_the_same(path: Path, address: str, tmp_path: Path) -> None:
    experiment = load_experiment(path)
    outcomes = [
        cross_validate(experiment, count=2, jobs=jobs, root=tmp_path / str(number))
        for number, jobs in enumerate((1, Cluster(address)))
    ]
    for name in ("predictions.csv", "tones.2-1/model.vxm", "tones.2-2/predictions.csv"):
        assert len({(one.folder / name).read_bytes() for one in outcomes}) == 1


def test_processes_of_a_cluster(path: Path, tmp_path: Path, full: bool) -> None:
    if not full:
        pytest.skip("workers as processes of their own: --full")
    with local(2, processes=True) as cluster:
        there = cross_validate(
            load_experiment(path), count=2, jobs=Cluster(cluster.scheduler_address), root=tmp_path / "a"
        )
    here = cross_validate(load_experiment(path), count=2, jobs=2, root=tmp_path / "b")
    for name in ("predictions.csv", "tones.2-1/model.vxm", "tones.2-1/report.html"):
        a, b = ((one.folder / name).read_bytes() for one in (there, here))
        assert a.replace(str(tmp_path / "a").encode(), b"") == b.replace(str(tmp_path / "b").encode(), b"")
