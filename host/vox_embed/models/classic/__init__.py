"""Classic estimators over vectors of integer features; scikit-learn, XGBoost and Keras train them."""

from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.bayes import MixtureClassifier, NaiveBayes, OneClassMixture
from vox_embed.models.classic.boosting import GradientBoosting, XgBoost
from vox_embed.models.classic.learned import ANOMALY, NORMAL
from vox_embed.models.classic.linear import Discriminant, LinearSvm, LogisticRegression, Ridge, Svr
from vox_embed.models.classic.mlp import Mlp
from vox_embed.models.classic.neighbours import Neighbours
from vox_embed.models.classic.outliers import IsolationForest, Mahalanobis
from vox_embed.models.classic.svm import OneClassSvm, Svm
from vox_embed.models.classic.trees import DecisionTree, ExtraTrees, Forest

# A new model is one class, one line here, one section of the schema; where it learns another kind of numbers
# than those in learned/, one class there and its lowering in program/classic.
CLASSIC: dict[str, type[ClassicEstimator]] = {
    "tree": DecisionTree,
    "forest": Forest,
    "extra_trees": ExtraTrees,
    "gradient_boosting": GradientBoosting,
    "xgboost": XgBoost,
    "logistic": LogisticRegression,
    "lda": Discriminant,
    "linear_svm": LinearSvm,
    "svm": Svm,
    "ridge": Ridge,
    "svr": Svr,
    "naive_bayes": NaiveBayes,
    "gmm": MixtureClassifier,
    "knn": Neighbours,
    "mlp": Mlp,
    "isolation_forest": IsolationForest,
    "mahalanobis": Mahalanobis,
    "one_class_svm": OneClassSvm,
    "one_class_gmm": OneClassMixture,
}

__all__ = ["ANOMALY", "CLASSIC", "NORMAL", "ClassicEstimator"]
