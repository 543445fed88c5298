"""Trees as the program has them, against those of scikit-learn that they were made of."""

from __future__ import annotations

import numpy as np
import pytest
from test_export_inline import data

from vox_embed.models.classic.trees import Forest
from vox_embed.program.classic.forests import forest_ensemble


@pytest.mark.parametrize("depth", [1, 5])
def test_sizes_and_scores(depth: int) -> None:
    X, y = data(6, 400, 2)
    estimator = Forest(trees=7, depth=depth).fit(X[:300], y[:300])
    ensemble = forest_ensemble(estimator)
    assert ensemble.depth <= depth
    assert ensemble.leaves == ensemble.nodes + len(ensemble.trees)
    assert ensemble.width in (1, ensemble.outputs)
    scores = ensemble.scores(X[300:])
    assert scores.shape == (100, ensemble.outputs)
    np.testing.assert_array_equal(scores.argmax(axis=1), np.asarray(estimator.predict(X[300:])))
    for tree in ensemble.trees:
        leaf = tree.apply(X)
        assert set(leaf) <= set(range(len(tree.leaves)))
