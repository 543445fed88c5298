"""Experiments of Nkululeko: what becomes of every key."""
# ruff: noqa: E501 - texts of files

from __future__ import annotations

from pathlib import Path

import pytest

from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.ini import carry_over
from vox_embed.runs.bench.settings import grid_of, settings_of

DATA = "[DATA]\ndatabases = ['emodb']\nemodb = ./emodb.csv\nemodb.type = csv\ntarget = emotion\n"
OS = "[FEATS]\ntype = ['os']\n"

# Of each kind that posts, papers and the examples of Nkululeko have: text, what some keys become, and words
# of each line that is told as not carried over.
CASES: dict[str, tuple[str, dict[str, object], list[str]]] = {
    "opensmile and xgb": (
        "[EXP]\nroot = ./\nname = exp_os\n" + DATA + "emodb.split_strategy = speaker_split\nemodb.test_size = 40\n"
        "labels = ['anger', 'neutral']\n" + OS + "scale = standard\n[MODEL]\ntype = xgb\n",
        {"name": "exp_os", "data.labels": ("anger", "neutral"), "data.databases.emodb.test_size": 40.0,
         "model.rounds": 100, "model.depth": 6, "model.learning_rate": 0.3, "features.set": "eGeMAPSv02"},
        ["[EXP] root", "scaling changes nothing for trees"],
    ),
    "svm with its settings": (
        "[EXP]\nname = a\n" + DATA + OS + "scale = robust\nbalancing = ros\n[MODEL]\ntype = svm\nC_val = 10\n"
        "kernel = linear\nclass_weight = True\n",
        {"model.c": 10.0, "model.kernel": "linear", "model.balancing": "ros", "model.scale": "robust"},
        ["beside `balancing`"],
    ),
    "balancing and scaling by their names": (
        "[EXP]\nname = a\n" + DATA + OS + "scale = quantiletransformer\nbalancing = smoteenn\n",
        {"model.scale": "quantile", "model.balancing": "smoteenn"}, [],
    ),
    "what no device scales": (
        "[EXP]\nname = a\n" + DATA + "[FEATS]\ntype = ['praat']\nscale = speaker\nbalancing = rose\n",
        {"features.type": "praat", "model.scale": "speaker", "model.balancing": "ros"}, ["ros is taken"],
    ),
    "class weights": (
        "[EXP]\nname = a\n" + DATA + "[MODEL]\ntype = svm\nclass_weight = True\n", {"model.class_weight": True}, []
    ),
    "no scaling is none": (
        "[EXP]\nname = a\n" + DATA + OS + "[MODEL]\ntype = svm\n", {"model.scale": "none", "model.c": 1.0}, []
    ),
    "defaults": ("[EXP]\nname = a\n" + DATA, {"model.type": "svm", "features.type": "opensmile"}, []),
    "knn": ("[EXP]\nname = a\n" + DATA + "[MODEL]\ntype = knn\nK_val = 7\n", {"model.k": 7}, ["centres"]),
    "gmm": (
        "[EXP]\nname = a\n" + DATA + "[MODEL]\ntype = gmm\nGMM_components = 3\nGMM_covariance_type = tied\n",
        {"model.components": 3, "model.covariance": "full"}, ["diag and full"],
    ),
    "bayes": ("[EXP]\nname = a\nruns = 3\n" + DATA + "[MODEL]\ntype = bayes\n", {"model.type": "naive_bayes", "runs": 3}, []),
    "tree": ("[EXP]\nname = a\n" + DATA + "[MODEL]\ntype = tree\n", {"model.type": "tree", "model.depth": None}, []),
    "mlp": (
        "[EXP]\nname = a\nepochs = 50\n" + DATA + OS + "scale = standard\n[MODEL]\ntype = mlp\n"
        "layers = {'l1':64, 'l2':16}\ndrop = .3\nlearning_rate = .001\nbatch_size = 4\npatience = 5\n"
        "device = cuda:3\nactivation = tanh\n",
        {"model.hidden": (64, 16), "model.epochs": 50, "model.dropout": 0.3, "model.learning_rate": 0.001,
         "model.batch_size": 4, "model.patience": 5},
        ["TensorFlow chooses", "activation"],
    ),
    "cnn": ("[EXP]\nname = a\n" + DATA + "[FEATS]\ntype = ['spectra']\n[MODEL]\ntype = cnn\n",
            {"features.type": "logmel", "model.type": "cnn", "model.batch_size": 8}, []),
    "spectra and rows from a table": (
        "[EXP]\nname = a\n" + DATA + "[FEATS]\ntype = ['spectra', 'import']\nimport_file = ['f.csv']\n",
        {"features": ["spectra", "import"]}, []),
    "regression": (
        "[EXP]\nname = a\ntype = regression\n" + DATA.replace("emotion", "age") + OS + "[MODEL]\ntype = xgr\n",
        {"model.task": "regression", "data.target": "age"}, [],
    ),
    "linear regression": (
        "[EXP]\nname = a\ntype = regression\n" + DATA + OS + "[MODEL]\ntype = lin_reg\n",
        {"model.type": "ridge", "model.alpha": 1e-6, "model.scale": "none"}, [],
    ),
    "svr": ("[EXP]\nname = a\ntype = regression\n" + DATA + OS + "[MODEL]\ntype = svr\nC_val = .1\n",
            {"model.type": "svr", "model.c": 0.1, "model.kernel": "rbf"}, []),
    "neighbours of numbers": (
        "[EXP]\nname = a\ntype = regression\n" + DATA + OS + "[MODEL]\ntype = knn_reg\nK_val = 3\n",
        {"model.type": "knn", "model.k": 3, "model.task": "regression"}, ["centres"]),
    "a network of numbers": (
        "[EXP]\nname = a\ntype = regression\nepochs = 9\n" + DATA + OS + "scale = standard\n[MODEL]\ntype = mlp_reg\n"
        "loss = 1-ccc\nlayers = [64, 16]\n",
        {"model.type": "mlp", "model.loss": "ccc", "model.epochs": 9}, []),
    "wav2vec": ("[EXP]\nname = a\n" + DATA + "[FEATS]\ntype = ['wav2vec2']\nwav2vec2.layer = 2\n",
                {"features.type": "embedding", "features.layer": -3,
                 "features.model": "facebook/wav2vec2-large-robust-ft-swbd-300h"}, []),
    "others of its kin": ("[EXP]\nname = a\n" + DATA + "[FEATS]\ntype = ['hubert-base-ls960']\n",
                          {"features.model": "facebook/hubert-base-ls960"}, []),
    "what is not here": ("[EXP]\nname = a\n" + DATA + "[FEATS]\ntype = ['squim']\n", {"features.type": "lld"},
                         ["`squim`: is not here"]),
    "tuning and selection": (
        "[EXP]\nname = a\n" + DATA + OS + "features = ['F0*', 'jitter*']\n[MODEL]\ntype = svm\n"
        "tuning_params = ['C_val', 'gamma']\nC_val = [10, 1]\ngamma = ['scale', .1]\nscoring = recall_macro\n",
        {"tuning.space": {"c": (10.0, 1.0), "gamma": ("scale", 0.1)}, "tuning.metric": "uar",
         "model.select.names": ("F0*", "jitter*")}, []),
    "several features": (
        "[EXP]\nname = a\n" + DATA + "[FEATS]\ntype = ['os', 'praat']\nset = ComParE_2016\n",
        {"features": ["opensmile", "praat"]}, [],
    ),
    "finetune": (
        "[EXP]\nname = a\n" + DATA + "[FEATS]\ntype = []\n[MODEL]\ntype = finetune\nduration = 10.5\n"
        "pretrained_model = microsoft/wavlm-base\n",
        {"model.type": "finetune", "model.model": "microsoft/wavlm-base", "features.type": "samples"},
        ["did you mean `max_duration`"],
    ),
    "limits and filters": (
        "[EXP]\nname = a\n" + DATA + "limit_samples_per_speaker = 20\nmin_duration_of_sample = 3.5\n"
        "filter = [['gender', 'female'], ['style', ['reading', 'free']]]\nfilter.sample_selection = train\n"
        "emodb.limit_samples = 500\nemodb.required = gender\ncheck_size = 1000\n",
        {"data.databases.emodb.limit_samples_per_speaker": 20,
         "data.databases.emodb.min_duration_of_sample": 3.5, "data.databases.emodb.limit_samples": 500,
         "data.databases.emodb.filter": (("gender", ("female",)), ("style", ("reading", "free"))),
         "data.databases.emodb.sample_selection": "train", "data.databases.emodb.required": ("gender",),
         "data.check_size": 1000},
        [],
    ),
    "names that Nkululeko ignores": (
        "[EXP]\nname = a\n" + DATA + "samples_per_speaker = 20\nmin_length = 2\nemodb.testsplit = 40\n",
        {},
        ["did you mean `limit_samples_per_speaker`", "did you mean `min_duration_of_sample`",
         "did you mean `test_size`"],
    ),
    "two databases": (
        "[EXP]\nname = a\n[DATA]\ndatabases = ['db1', 'db2']\ndb1 = a.csv\ndb2 = b.csv\ndb1.split_strategy = test\n"
        "db1.scale = True\ndb2.colnames = {'non-attractive':'likability'}\ndb2.split_strategy = train\n"
        "db2.scale = True\ndb2.reverse = True\ndb2.reverse.max = 10\ntarget = likability\nbins = [-1000, .2, 1000]\n"
        "labels = ['less likable', 'more likable']\n",
        {"data.databases.db1.split_strategy": "test", "data.databases.db2.split_strategy": "train",
         "data.databases.db2.colnames": {"non-attractive": "likability"},
         "data.databases.db1.scale": "standard", "data.databases.db2.reverse": True,
         "data.databases.db2.reverse_max": 10.0, "data.bins": (-1000.0, 0.2, 1000.0)},
        [],
    ),
    "trains and tests": (
        "[EXP]\nname = a\n[DATA]\ntrains = ['one']\ntests = ['two']\none = a.csv\ntwo = b.csv\n",
        {"data.databases.one.split_strategy": "train", "data.databases.two.split_strategy": "test"}, [],
    ),
    "audformat": (
        "[EXP]\nname = a\n[DATA]\ndatabases = ['emodb']\nemodb = ./data/emodb\nemodb.split_strategy = specified\n"
        "emodb.test_tables = ['emotion.test']\nemodb.mapping = {'anger':'angry', 'happiness':'happy'}\n",
        {"data.databases.emodb.mapping": {"anger": "angry", "happiness": "happy"},
         "data.databases.emodb.type": "audformat", "data.databases.emodb.split_strategy": "database",
         "data.databases.emodb.test_tables": ("emotion.test",)},
        [],
    ),
    "speakers by name": (
        "[EXP]\nname = a\n" + DATA + "emodb.split_strategy = ['03', '08']\n",
        {"data.databases.emodb.test": {"speaker": ("03", "08")}}, [],
    ),
    "balanced": (
        "[EXP]\nname = a\n" + DATA + "emodb.split_strategy = balanced\nemodb.test_size = 30\n"
        "balance = {'emotion':2, 'age':1}\nage_bins = 2\nsize_diff_weight = 2\n",
        {"data.databases.emodb.split_strategy": "balanced", "data.databases.emodb.test_size": 30.0,
         "data.databases.emodb.balance": {"emotion": 2.0, "age": 1.0},
         "data.databases.emodb.balance_bins": {"age": 2}, "data.databases.emodb.size_diff_weight": 2.0},
        [],
    ),
    "other sections": (
        "[EXP]\nname = a\n" + DATA + "[EXPL]\nvalue_counts = [['gender'], ['age']]\n[PREDICT]\ntargets = ['gender']\n"
        "[REPORT]\nlatex = a\n[PLOT]\nformat = png\n[MODLE]\ntype = svm\n",
        {}, ["value_counts", "vox-embed predict", "latex", "format", "did you mean [MODEL]"],
    ),
    "augmentation": (
        "[EXP]\nname = a\n" + DATA + "[AUGMENT]\naugment = ['traditional', 'random_splice']\nsample_selection = train\n"
        "augmentations = Compose([AddGaussianSNR(min_snr_db=5, max_snr_db=20, p=0.5), PitchShift()])\nresult = more.csv\n",
        {"augment.splice": 0.5, "augment.audiomentations.0.type": "AddGaussianSNR",
         "augment.audiomentations.0.settings": {"min_snr_db": 5, "max_snr_db": 20, "p": 0.5},
         "augment.audiomentations.1.type": "PitchShift"}, [],
    ),
    "augmentation as Nkululeko has it": (
        "[EXP]\nname = a\n" + DATA + "[AUGMENT]\naugment = ['traditional']\nsample_selection = all\n",
        {"augment.splice": 0.0, "augment.audiomentations.2.type": "BandPassFilter"}, ["only training clips"],
    ),
    "augmentation by names": (
        "[EXP]\nname = a\n" + DATA + "[AUGMENT]\naugment = random_splice\np_reverse = 0.3\n", {"augment.splice": 1.0}, ["turned round"],
    ),
    "augmentation that is code": (
        "[EXP]\nname = a\n" + DATA + "[AUGMENT]\naugment = ['traditional', 'loud']\naugmentations = [__import__('os').system('x')]\n",
        {"augment.audiomentations": ()}, ["plain numbers", "`loud` is none"],
    ),
    "mlp by its f1": (
        "[EXP]\nname = a\n" + DATA + "[MODEL]\ntype = mlp\nloss = f1\n", {"model.loss": "f1"}, [],
    ),
    "segments": (
        "[EXP]\nname = a\n" + DATA + "[SEGMENT]\nmethod = pyannote\nmin_length = 2\nmax_length = 10\nsample_selection = all\n[MODEL]\ntype = svm\nhf_token = x\n",
        {"model.type": "svm"}, ["silero is taken", "hf_token"],
    ),
    "values over lines, comments": (
        "; a comment\n[exp]\nname: a b/c\n# another\n" + DATA + "labels = ['anger', # loud\n  'neutral',\n  'fear']\n",
        {"name": "a_b_c"}, [],
    ),
}  # fmt: skip


def value_of(experiment: object, key: str) -> object:
    for step in key.split("."):
        if step.isdigit():
            experiment = experiment[int(step)]  # type: ignore[index]
            continue
        experiment = experiment[step] if isinstance(experiment, dict) else getattr(experiment, step)
    return experiment


@pytest.mark.parametrize("name", CASES)
def test_every_key_is_carried_over_or_told(name: str, tmp_path: Path) -> None:
    text, wanted, lost = CASES[name]
    ini, out = tmp_path / "conf.ini", tmp_path / "made" / "exp.yaml"
    ini.write_text(text)
    out.parent.mkdir()
    carried = carry_over(ini, out)
    out.write_text(carried.experiment)
    experiment = load_experiment(out, expand=False)
    if "features" in wanted:  # several
        assert [one.type for one in experiment.features.host] == wanted["features"]  # type: ignore[union-attr]
        wanted = {key: value for key, value in wanted.items() if key != "features"}
    assert {key: value_of(experiment, key) for key in wanted} == wanted
    assert len(carried.lost) == len(lost), carried.lost
    for line, words in zip(sorted(carried.lost), carried.lost, strict=True):
        number = int(words.split(":")[1])
        key = text.splitlines()[number - 1].partition("=")[0].strip().lower()
        assert f"] {key} = " in words, line
    told = "\n".join(carried.lost)
    assert not [words for words in lost if words not in told], told


def test_the_commands_that_do_the_same(tmp_path: Path) -> None:
    ini = tmp_path / "conf.ini"
    for key, command in (
        ("loso = True", "cross-validate exp.yaml"),
        ("k_fold_cross = 5", "cross-validate exp.yaml"),
        ("logo = 4", "cross-validate exp.yaml"),
        ("type = svm", "train exp.yaml"),
    ):
        ini.write_text(f"[EXP]\nname = a\n{DATA}[MODEL]\n{key}\n")
        carried = carry_over(ini, Path("exp.yaml"))
        assert carried.run == f"vox-embed {command}"
        if "cross" in command:
            kind = key.split()[0].replace("k_fold_cross", "k_fold")
            assert f"cross_validation:\n  type: {kind}\n" in carried.experiment


def test_what_other_modules_wrote_is_written_by_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ini = Path("conf.ini")
    ini.write_text(
        f"[EXP]\nname = a\n{DATA}[AUGMENT]\naugment = ['random_splice']\nresult = more.csv\n"
        "[SEGMENT]\nmethod = silero\nmin_length = 2\nmax_length = 10.5\nsegment_target = _cut\n"
    )
    carried = carry_over(ini, Path("made/exp.yaml"))
    assert not carried.lost
    assert carried.also == (
        "vox-embed augment made/exp.yaml --out more",
        "vox-embed segment emodb.csv --out emodb_cut.csv --method silero --min-length 2 --max-length 10.5",
    )
    assert carried.run == "vox-embed train made/exp.yaml"


def test_flags_become_a_grid(tmp_path: Path) -> None:
    ini = tmp_path / "conf.ini"
    ini.write_text(
        f"[EXP]\nname = a\n{DATA}[FEATS]\ntype=['os']\n[MODEL]\ntype = svm\n"
        "[FLAGS]\nmodels = ['svm', 'xgb', 'transformer']\nfeatures = ['os', 'praat']\nbalancing = ['none', 'ros']\n"
    )
    carried = carry_over(ini, tmp_path / "exp.yaml")
    (tmp_path / "exp.yaml").write_text(carried.experiment)
    (tmp_path / "grid.yaml").write_text(carried.grid)
    (tmp_path / "emodb.csv").write_text("file,speaker,emotion\n")
    settings, _ = settings_of(tmp_path / "exp.yaml", grid_of([], tmp_path / "grid.yaml"))
    assert len(settings) == 8
    assert len(carried.lost) == 1
    assert "--grid" in carried.run


def test_root_folders_come_second(tmp_path: Path) -> None:
    ini = tmp_path / "conf.ini"
    (tmp_path / "roots.ini").write_text(
        "emodb = /elsewhere/emodb.csv\nemodb.limit_samples = 5\nother = /elsewhere/b.csv\n"
    )
    ini.write_text(
        "[EXP]\nname = a\n[DATA]\nroot_folders = roots.ini\ndatabases = ['emodb']\nemodb.limit_samples = 7\n"
    )
    carried = carry_over(ini, tmp_path / "exp.yaml")
    assert "path: /elsewhere/emodb.csv" in carried.experiment
    assert "limit_samples: 7" in carried.experiment
    assert not carried.lost


def test_paths_start_where_the_command_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf.ini").write_text(f"[EXP]\nname = a\n{DATA}")
    assert "path: ../emodb.csv" in carry_over(Path("conf.ini"), Path("made/exp.yaml")).experiment


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = a\n", "a key before any section"),
        ("[EXP]\nname\n", "conf.ini:2: `name` is neither"),
        ("[EXP]\nname = a\n", "[DATA] databases is missing"),
        ("[EXP]\nname = a\n[DATA]\ndatabases = ['x']\n", "[DATA] x is missing"),
        (
            "[EXP]\nname = a\n[DATA]\nroot_folders = roots.ini\ndatabases = ['x']\n",
            "conf.ini:4: [DATA] root_folders",
        ),
    ],
)
def test_bad_files(tmp_path: Path, text: str, message: str) -> None:
    ini = tmp_path / "conf.ini"
    ini.write_text(text)
    with pytest.raises(VoxError) as caught:
        carry_over(ini, tmp_path / "exp.yaml")
    assert message in caught.value.message
    with pytest.raises(VoxError):
        carry_over(tmp_path / "absent.ini", tmp_path / "exp.yaml")
