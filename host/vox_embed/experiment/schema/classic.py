"""`model`: classic models over functionals; scikit-learn, XGBoost and Keras train them."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from vox_embed.experiment.schema.base import Label, Section, refuse
from vox_embed.experiment.schema.selection import Selection

Scale = Literal[
    "none", "standard", "robust", "minmax", "maxabs", "normalizer", "power", "quantile", "bins", "speaker"
]
HOST_SCALES = frozenset({"normalizer", "power", "quantile", "bins", "speaker"})
"""Those that no integer program holds: for features that a PC alone computes."""
Balancing = Literal[
    "none", "ros", "rus", "smote", "adasyn", "borderlinesmote", "svmsmote", "clustercentroids",
    "randomundersampler", "editednearestneighbours", "tomeklinks", "smoteenn", "smotetomek",
]  # fmt: skip
SYNTHESIZING = frozenset(get_args(Balancing)) - {"none", "ros", "rus"}
"""Those that imbalanced-learn does."""
Features = Annotated[float, Field(gt=0, le=1)]
Units = Annotated[int, Field(ge=1, le=1024)]
_LOSS = "Of a regression: squared errors, absolute ones, or 1 - CCC (Lin's concordance) of each batch."
_TASK = "`regression`: the target is a number, see `data.bins`."


_SELECT = "Which values of a row are learned from. Default: all."


class ClassicModel(Section):
    """Settings that all classic models share."""

    select: Selection | None = Field(default=None, description=_SELECT)

    balancing: Balancing = Field(
        default="none",
        description=(
            "Rows of rare classes drawn again (`ros`), or of frequent ones left out (`rus`), until all "
            "classes have as many; the others make or leave out training rows as imbalanced-learn does, of a "
            "classification (`pip install vox-embed[balance]`)."
        ),
    )


class ScaledModel(ClassicModel):
    """Models that want values of one size."""

    scale: Scale = Field(
        default="standard",
        description=(
            "Scaling of each value over the training rows: mean and deviation, median and quartiles, "
            "0..1, or -1..1. On features that a PC alone computes also `power` (Yeo-Johnson), `quantile` "
            "(to a normal distribution), `bins` (ten of equal number), `normalizer` (each row to length 1), "
            "and `speaker` (mean and deviation of each speaker, of those tested too, without their labels)."
        ),
    )


class _TreeModel(ClassicModel):
    depth: int | None = Field(
        default=10, ge=1, le=64, description="Most comparisons on a way down; none: until leaves are pure."
    )
    min_leaf: int = Field(default=1, ge=1, le=10000, description="Fewest training rows in a leaf.")
    criterion: Literal["gini", "entropy", "log_loss"] = Field(
        default="gini", description="What a split shall lower."
    )
    class_weight: bool = Field(default=False, description="Weigh classes by the inverse of their frequency.")
    task: Literal["classification", "regression"] = Field(default="classification", description=_TASK)


class DecisionTree(_TreeModel):
    """One decision tree.

    Breiman et al., "Classification and Regression Trees", 1984.
    """

    type: Literal["tree"] = Field(default="tree", description="Decision tree.")
    max_features: Features | Literal["sqrt", "log2"] | None = Field(
        default=None, description="Values tried for a split: a share, their root or logarithm; none: all."
    )


class _ForestModel(_TreeModel):
    trees: int = Field(default=50, ge=1, le=2000, description="Trees.")
    max_features: Features | Literal["sqrt", "log2"] | None = Field(
        default="sqrt", description="Values tried for a split: a share, their root or logarithm; none: all."
    )


class Forest(_ForestModel):
    """Random forest: trees on resampled rows; their class probabilities are averaged.

    Breiman, "Random Forests", 2001.
    """

    type: Literal["forest"] = Field(default="forest", description="Random forest.")


class ExtraTrees(_ForestModel):
    """Extremely randomised trees: a forest with random thresholds.

    Geurts et al., 2006.
    """

    type: Literal["extra_trees"] = Field(default="extra_trees", description="Extremely randomised trees.")


class _BoostingModel(ClassicModel):
    rounds: int = Field(default=50, ge=1, le=2000, description="Rounds; each adds a tree a class.")
    depth: int = Field(default=3, ge=1, le=16, description="Most comparisons on a way down.")
    learning_rate: float = Field(default=0.1, gt=0, le=1, description="Weight of each tree.")
    subsample: float = Field(default=1.0, gt=0, le=1, description="Share of the rows that a tree sees.")
    class_weight: bool = Field(default=False, description="Weigh classes by the inverse of their frequency.")
    patience: int | None = Field(
        default=None,
        ge=1,
        description="Rounds without a lower loss on `validation` before training stops. Default: all rounds.",
    )
    validation: float = Field(
        default=0.1, gt=0, le=0.5, description="Share of the training rows that `patience` looks at."
    )
    task: Literal["classification", "regression"] = Field(default="classification", description=_TASK)


class GradientBoosting(_BoostingModel):
    """Gradient boosting of scikit-learn.

    Friedman, "Greedy Function Approximation", 2001.
    """

    type: Literal["gradient_boosting"] = Field(default="gradient_boosting", description="Gradient boosting.")
    max_features: Features | None = Field(
        default=None, description="Share of the values tried for a split; none: all."
    )


class XgBoost(_BoostingModel):
    """Gradient boosting of XGBoost, histogram trees; needs the extra `xgboost`.

    Chen & Guestrin, 2016.
    """

    type: Literal["xgboost"] = Field(default="xgboost", description="XGBoost.")


class Logistic(ScaledModel):
    """Multinomial logistic regression."""

    type: Literal["logistic"] = Field(default="logistic", description="Logistic regression.")
    c: float = Field(default=1.0, gt=0, description="Inverse of the L2 penalty.")
    class_weight: bool = Field(default=False, description="Weigh classes by the inverse of their frequency.")


class Discriminant(ScaledModel):
    """Linear discriminant analysis: classes are Gaussians of one covariance, shrunk as Ledoit and Wolf say.

    Needs no setting, and few rows: Fisher, "The Use of Multiple Measurements in Taxonomic Problems", 1936.
    """

    type: Literal["lda"] = Field(default="lda", description="Linear discriminant analysis.")
    class_weight: bool = Field(default=False, description="All classes equally likely beforehand.")


class LinearSvm(ScaledModel):
    """Linear support vector machine, one class against the rest."""

    type: Literal["linear_svm"] = Field(default="linear_svm", description="Linear SVM.")
    c: float = Field(default=1.0, gt=0, description="Cost of errors.")
    class_weight: bool = Field(default=False, description="Weigh classes by the inverse of their frequency.")


class Svm(ScaledModel):
    """Support vector machine, one class against one: each pair has a vote.

    Cortes & Vapnik, 1995; trained by libsvm.
    """

    type: Literal["svm"] = Field(default="svm", description="SVM with a kernel.")
    kernel: Literal["rbf", "linear"] = Field(default="rbf", description="Gaussian or linear.")
    c: float = Field(default=1.0, gt=0, description="Cost of errors.")
    gamma: Annotated[float, Field(gt=0)] | Literal["scale", "auto"] = Field(
        default="scale", description="1 / (2 deviation^2) of the kernel; `scale`: 1 / (values * variance)."
    )
    class_weight: bool = Field(default=False, description="Weigh classes by the inverse of their frequency.")


class Ridge(ScaledModel):
    """Least squares with an L2 penalty."""

    type: Literal["ridge"] = Field(default="ridge", description="Ridge.")
    alpha: float = Field(default=1.0, gt=0, description="L2 penalty.")
    class_weight: bool = Field(default=False, description="Weigh classes by the inverse of their frequency.")
    task: Literal["classification", "regression"] = Field(default="classification", description=_TASK)


class Svr(ScaledModel):
    """Support vector regression: the target is a number, see `data.bins`.

    With a Gaussian kernel it learns the target in units of its deviation, in which `epsilon` is then.
    """

    task: ClassVar[str] = "regression"
    type: Literal["svr"] = Field(default="svr", description="Support vector regression.")
    kernel: Literal["rbf", "linear"] = Field(default="linear", description="Gaussian or linear.")
    gamma: Annotated[float, Field(gt=0)] | Literal["scale", "auto"] = Field(
        default="scale", description="1 / (2 deviation^2) of the kernel; `scale`: 1 / (values * variance)."
    )
    c: float = Field(default=1.0, gt=0, description="Cost of errors.")
    epsilon: float = Field(default=0.1, ge=0, description="Errors below it cost nothing.")


class NaiveBayes(ScaledModel):
    """Gaussian naive Bayes."""

    type: Literal["naive_bayes"] = Field(default="naive_bayes", description="Gaussian naive Bayes.")
    smoothing: float = Field(
        default=1e-3, ge=1e-9, le=1, description="Share of the largest variance added to all."
    )
    class_weight: bool = Field(default=False, description="All classes equally likely beforehand.")


class Mixtures(ScaledModel):
    """A Gaussian mixture for each class.

    Reynolds & Rose, 1995.
    """

    type: Literal["gmm"] = Field(default="gmm", description="Gaussian mixtures.")
    components: int = Field(default=2, ge=1, le=64, description="Gaussians of each class.")
    covariance: Literal["diag", "full"] = Field(default="diag", description="Form of their covariance.")
    regularise: float = Field(default=1e-3, gt=0, le=10, description="Added to every variance.")
    equal_priors: bool = Field(
        default=False, description="All classes equally likely beforehand, instead of as in training."
    )


class Neighbours(ScaledModel):
    """k nearest neighbours among prototypes, the centres that k-means finds in each class."""

    type: Literal["knn"] = Field(default="knn", description="k nearest prototypes.")
    k: int = Field(default=3, ge=1, le=16, description="Neighbours that vote, or whose mean is the value.")
    prototypes: int = Field(
        default=20,
        ge=1,
        le=1000,
        description="Most prototypes of a class; a regression has five times as many.",
    )
    task: Literal["classification", "regression"] = Field(default="classification", description=_TASK)


class Mlp(ClassicModel):
    """Multilayer perceptron on standardised values, int8 on the device; Keras trains it.

    Rumelhart et al., "Learning representations by back-propagating errors", 1986. What is further than 4
    deviations from its mean counts as that far.
    """

    type: Literal["mlp"] = Field(default="mlp", description="Multilayer perceptron.")
    hidden: Annotated[tuple[Units, ...], Field(strict=False, min_length=1, max_length=8)] = Field(
        default=(32,), description="Units of each hidden layer."
    )
    dropout: float = Field(
        default=0.2, ge=0, lt=1, description="Share of each hidden layer's outputs dropped in training."
    )
    epochs: int = Field(default=60, ge=1, le=10000, description="At most so many passes over the rows.")
    batch_size: int = Field(default=32, ge=1, le=4096, description="Rows in a step.")
    learning_rate: float = Field(
        default=2e-3, gt=0, le=1, description="AdamW's highest rate; it falls to zero over `epochs`."
    )
    weight_decay: float = Field(default=1e-3, ge=0, lt=1, description="Decoupled weight decay (AdamW).")
    validation: float = Field(
        default=0.1,
        ge=0,
        le=0.5,
        description=(
            "Share of the training rows that are not learned from but find the best epoch; 0: the last one "
            "is kept. Rows are drawn one by one, so that windows of one clip may be on both sides."
        ),
    )
    patience: int = Field(default=15, ge=1, description="Epochs without a better one before training stops.")
    class_weight: bool = Field(default=False, description="Weigh classes by the inverse of their frequency.")
    task: Literal["classification", "regression"] = Field(default="classification", description=_TASK)
    loss: Literal["mse", "mae", "ccc", "f1"] = Field(
        default="mse",
        description=f"{_LOSS} Of classes the cross entropy, or `f1`: 1 - the mean F1 of a batch's classes.",
    )

    @model_validator(mode="after")
    def _check_loss(self) -> Mlp:
        if self.loss == "f1" and self.task == "regression":
            refuse("loss", "`f1` is of classes; this is a regression", "mse, mae or ccc")
        return self


class AnomalyModel(Section):
    """Detectors of what is unlike the normal rows; they learn from those alone."""

    normal: Label = Field(default="normal", description="Of the two labels, the one of normal clips.")


class IsolationForest(AnomalyModel):
    """Isolation forest: anomalies are parted early by random splits.

    Liu et al., 2008.
    """

    type: Literal["isolation_forest"] = Field(default="isolation_forest", description="Isolation forest.")
    select: Selection | None = Field(default=None, description=_SELECT)
    trees: int = Field(default=100, ge=1, le=2000, description="Trees.")
    max_samples: int = Field(default=256, ge=2, le=32768, description="Rows that a tree sees.")
    contamination: Annotated[float, Field(gt=0, le=0.5)] | Literal["auto"] = Field(
        default="auto", description="Share of the normal rows that may be called anomalies."
    )


class Mahalanobis(AnomalyModel):
    """Mahalanobis distance from the mean of the normal rows.

    Ledoit & Wolf, 2004; robust: Rousseeuw & Van Driessen, 1999.
    """

    type: Literal["mahalanobis"] = Field(default="mahalanobis", description="Mahalanobis distance.")
    select: Selection | None = Field(default=None, description=_SELECT)
    robust: bool = Field(default=False, description="Elliptic envelope: covariance of the compactest half.")
    contamination: float = Field(
        default=0.05, gt=0, le=0.5, description="Share of the normal rows that may be called anomalies."
    )
    scale: Scale = Field(default="standard", description="Scaling of each value over the normal rows.")


class OneClassSvm(AnomalyModel):
    """One-class SVM with a Gaussian kernel.

    Scholkopf et al., 2001.
    """

    type: Literal["one_class_svm"] = Field(default="one_class_svm", description="One-class SVM.")
    select: Selection | None = Field(default=None, description=_SELECT)
    nu: float = Field(default=0.1, gt=0, lt=1, description="Share of the normal rows that may be outside.")
    gamma: Annotated[float, Field(gt=0)] | Literal["scale", "auto"] = Field(
        default="scale", description="1 / (2 deviation^2) of the kernel; `scale`: 1 / (values * variance)."
    )
    scale: Scale = Field(default="standard", description="Scaling of each value over the normal rows.")


class OneClassMixture(AnomalyModel):
    """A Gaussian mixture of the normal rows: what is less dense than almost all of them is an anomaly.

    Reynolds & Rose, 1995.
    """

    type: Literal["one_class_gmm"] = Field(default="one_class_gmm", description="Mixture of normal rows.")
    select: Selection | None = Field(default=None, description=_SELECT)
    components: int = Field(default=2, ge=1, le=64, description="Gaussians.")
    covariance: Literal["diag", "full"] = Field(default="diag", description="Form of their covariance.")
    regularise: float = Field(default=1e-3, gt=0, le=10, description="Added to every variance.")
    contamination: float = Field(
        default=0.05, gt=0, le=0.5, description="Share of the normal rows that may be called anomalies."
    )
    scale: Scale = Field(default="standard", description="Scaling of each value over the normal rows.")


Classic = (
    DecisionTree
    | Forest
    | ExtraTrees
    | GradientBoosting
    | XgBoost
    | Logistic
    | Discriminant
    | LinearSvm
    | Svm
    | Ridge
    | Svr
    | NaiveBayes
    | Mixtures
    | Neighbours
    | Mlp
    | IsolationForest
    | Mahalanobis
    | OneClassSvm
    | OneClassMixture
)
