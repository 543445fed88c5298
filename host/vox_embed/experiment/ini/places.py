"""Where Nkululeko's abilities are here: of keys that are no settings of an experiment file."""

SECTIONS = {
    "EXPL": "`vox-embed explore`",
    "PREDICT": "`vox-embed predict MODEL TABLE --out TABLE`, with a model of yours",
    "AUGMENT": "not among the settings of the section `augment`",
    "SEGMENT": "not among the options of `vox-embed segment`",
    "RESAMPLE": "nothing to do: sound of any rate is read, and resampled to features.sample_rate",
    "REPORT": "every run writes report.html; `vox-embed report NAME --latex FILE --pdf FILE`",
    "PLOT": "every run writes its plots",
    "EXPORT": "`vox-embed export`",
    "OPTIM": "`tuning: {space: ...}` chooses, `vox-embed flags` compares",
    "MODELS": "`vox-embed flags` compares models",
}
"""Sections that have no keys here."""

KEYS = {
    ("EXP", "root"): "results go to ./results, or where VOX_RESULTS says",
    ("EXP", "save"): "every run is saved",
    ("EXP", "save_test"): "every run writes predictions.csv",
    ("EXP", "language"): "nothing depends on it",
    ("EXP", "fig_num"): "nothing depends on it",
    ("EXP", "traindevtest"): "dev rows are always put aside for what needs them: data.dev_size",
    ("EXP", "dropna"): "rows without a target are refused: leave them out by `filter`",
    ("EXP", "use_splits"): "`vox-embed multidb --use-splits`",
    ("FEATS", "store_format"): "features are kept in a form of their own",
    ("FEATS", "needs_feature_extraction"): "features are extracted when something changed, and only then",
    ("FEATS", "no_reuse"): "features are extracted when something changed, and only then",
    ("FEATS", "fs_extractor"): "nothing depends on it",
    ("MODEL", "device"): "TensorFlow chooses the device",
    ("MODEL", "num_workers"): "as many as there are cores",
    ("MODEL", "save"): "every model is saved",
    ("MODEL", "probability"): "every model gives scores",
    ("MODEL", "measure"): "`vox-embed flags --metric` chooses by it",
    ("MODEL", "scoring"): "`tuning: {metric: ...}` and `vox-embed flags --metric` choose by it",
    ("MODEL", "random_state"): "`seed`",
    ("DATA", "no_warnings"): "warnings stay",
}
"""(section, key): what does the same."""

MISTAKES = {
    "samples_per_speaker": "limit_samples_per_speaker",
    "max_samples_per_speaker": "limit_samples_per_speaker",
    "min_length": "min_duration_of_sample",
    "max_length": "max_duration_of_sample",
    "testsplit": "test_size",
    "test_split": "test_size",
    "duration": "max_duration_of_sample",
}
"""Keys that are printed in papers and posts, and that Nkululeko ignores: what is meant."""

KNOWN = {
    "EXP": {"name", "type", "runs", "epochs", "databases", "train_extra", "random_seed", "sample_selection"},
    "DATA": {
        "databases", "trains", "tests", "root_folders", "target", "labels", "bins", "type", "filter",
        "limit_samples", "limit_samples_per_speaker", "min_duration_of_sample", "max_duration_of_sample",
        "test_size", "dev_size", "required", "check_size", "check_vad", "class_label",
    },
    "FEATS": {"type", "set", "level", "scale", "features", "balancing", "scale.type", "feature_selection",
        "import_file", "wav2vec2.model", "wav2vec2.layer", "hubert.layer", "wavlm.layer", "whisper.layer",
    },
    "MODEL": {
        "type", "c_val", "kernel", "gamma", "class_weight", "tuning_params", "layers", "drop", "activation",
        "loss", "batch_size", "learning_rate", "patience", "optimizer", "scheduler", "logo", "loso",
        "k_fold_cross", "k_val", "k_weight", "gmm_components", "gmm_covariance_type", "n_estimators",
        "subsample", "eta", "max_depth", "pretrained_model", "max_duration", "push_to_hub", "weighted_loss",
    },
    "DATABASE": {
        "type", "absolute_path", "audio_path", "mapping", "colnames", "split_strategy", "test_size",
        "dev_size", "files_tables", "target_tables", "target_tables_append", "train_tables", "dev_tables",
        "test_tables", "as_test", "as_train", "required", "rename_speakers", "scale", "reverse",
        "reverse.max", "filter", "limit_samples", "limit_samples_per_speaker", "min_duration_of_sample",
        "max_duration_of_sample", "check_size", "check_vad", "filter.sample_selection",
    },
}  # fmt: skip
"""Names that Nkululeko knows."""
