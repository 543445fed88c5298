"""Classic estimators over vectors of integer features; scikit-learn and XGBoost train them."""

from vox_embed.models.classic.base import ANOMALY, NORMAL, ClassicEstimator
from vox_embed.models.classic.boosting import GradientBoosting, XgBoost
from vox_embed.models.classic.outliers import IsolationForest
from vox_embed.models.classic.trees import DecisionTree, ExtraTrees, Forest

# A new model is one class, one line here, one in program/classic, one section of the schema.
CLASSIC: dict[str, type[ClassicEstimator]] = {
    "tree": DecisionTree,
    "forest": Forest,
    "extra_trees": ExtraTrees,
    "gradient_boosting": GradientBoosting,
    "xgboost": XgBoost,
    "isolation_forest": IsolationForest,
}

__all__ = ["ANOMALY", "CLASSIC", "NORMAL", "ClassicEstimator"]
