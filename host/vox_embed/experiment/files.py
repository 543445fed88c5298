"""Names of files that several rooms write and read."""

EXPERIMENT = "exp.yaml"
"""In an experiment's folder."""

# ---- in a results folder -----------------------------------------------------------------------------

RESOLVED = "experiment.resolved.yaml"
TUNED = "tuned.yaml"
"""Of an experiment with `tuning`: the experiment as it was trained in the end."""
TRIED = "tried.csv"
"""And what was tried."""
ENVIRONMENT = "environment.json"
METRICS = "metrics.json"
SPLITS = "splits.csv"
"""Which row was train, dev or test."""
PREDICTIONS = "predictions.csv"
LOGITS = "logits.csv"
"""What a fine-tuned network gives for every clip."""
REPORT = "report.html"
PLOTS = "plots"
CLIPS = "clips"
"""Sound of the test clips that the report lists, to listen to."""
LOG = "train.log"
CHECKPOINT = "checkpoint"
MODEL = "model.vxm"
FLOAT_MODEL = "model.float.npz"
TFLITE_MODEL = "model.tflite"
WAKEWORD = "wakeword.yaml"
"""Of a detector made from a phrase: what makes it again."""

# ---- beside all results ------------------------------------------------------------------------------

LAST = "last"
FOLDS = ".folds"
"""Behind the name of an experiment: the results of its cross-validation."""
FLAGS = ".flags"
"""Behind the name of an experiment: settings that were compared."""
EXPLORED = ".explore"
"""Behind the name of an experiment: what its data was found to be."""
RUNS = ".runs"
"""Behind the name of an experiment: its models with other seeds."""
MULTIDB = ".multidb"
"""Behind the name of an experiment: each of its databases against each."""
SUFFIXES = (FOLDS, FLAGS, EXPLORED, RUNS, MULTIDB)
"""No experiment's name ends so."""
MAX_NAME = 128
"""Characters of an experiment's name; those of folds are made from it."""
