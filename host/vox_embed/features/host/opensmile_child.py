"""The process that openSMILE runs in; see opensmile.py.

    python -m vox_embed.features.host.opensmile_child FOLDER SET LEVEL RATE

FOLDER/clips.npz (samples of all clips, and where each ends) -> rows.npz (rows of all clips, and where
those of each end) and names.json. A line on standard output for every clip.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np


def main(folder: Path, feature_set: str, level: str, rate: int) -> None:
    """Extract."""
    import opensmile

    levels = {
        "functionals": opensmile.FeatureLevel.Functionals,
        "lld": opensmile.FeatureLevel.LowLevelDescriptors,
    }
    smile = opensmile.Smile(opensmile.FeatureSet[feature_set], levels[level])
    with np.load(folder / "clips.npz", allow_pickle=False) as stored:
        samples, ends = stored["samples"].astype(np.float32) / 32768, stored["ends"]
    found = [np.zeros((0, len(smile.feature_names)), np.float32)]
    for clip in np.split(samples, ends)[:-1]:
        found.append(smile.process_signal(clip, rate).to_numpy(np.float32))
        sys.stdout.write(".\n")
        sys.stdout.flush()
    rows = np.concatenate(found)
    np.savez(folder / "rows.npz", allow_pickle=False, rows=rows, ends=np.cumsum([len(r) for r in found[1:]]))
    (folder / "names.json").write_text(json.dumps(list(smile.feature_names)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
