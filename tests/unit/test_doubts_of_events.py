"""A model that could never answer on a device is named when it is trained."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.tiny_model import tiny_model
from vox_embed.explore.doubts import doubts_of_events
from vox_embed.program.vxm import ONE_Q15, thresholds


@pytest.fixture(scope="module")
def model() -> bytes:
    return tiny_model("dense", labels=("yes", "no", "_unknown_"))


def test_scores_that_stay_below_are_named_with_one_that_would_do(model: bytes) -> None:
    (said,) = doubts_of_events(model, np.full((4, 3), 1 / 3))
    assert "0.333" in said
    assert "lower it to 0.30" in said


def test_one_score_is_enough(model: bytes) -> None:
    posteriors = np.full((4, 3), 1 / 3)
    posteriors[2, 1] = thresholds(model).on / ONE_Q15
    assert doubts_of_events(model, posteriors) == ()


def test_no_clips_are_no_doubt(model: bytes) -> None:
    assert doubts_of_events(model, np.empty((0, 3))) == ()
