"""The classical methods of the papers' tables: features and a support vector regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVR

from sk_hyperimage._typing import Seed
from sk_hyperimage.ensemble._kind_then_score import KindThenScoreRegressor
from sk_hyperimage.feature_extraction import (
    Bliinds2Features,
    BrisqueFeatures,
    CorniaFeatures,
    DiivineFeatures,
    FriqueeFeatures,
    GmLogFeatures,
    HosaFeatures,
)
from sk_hyperimage.utils._sklearn import StrOptions, validate_params

# Features and the regression on them, made with the seed of those that draw.
METHODS: dict[str, Callable[[Seed], tuple[Any, Any]]] = {
    "DIIVINE": lambda seed: (DiivineFeatures(), two_stages()),
    "BLIINDS-II": lambda seed: (Bliinds2Features(), standardized(SVR(C=10))),
    "BRISQUE": lambda seed: (BrisqueFeatures(), standardized(SVR(C=10))),
    "CORNIA": lambda seed: (
        CorniaFeatures(random_state=seed),
        standardized(SVR(kernel="linear", C=0.1)),
    ),
    "GM-LOG": lambda seed: (GmLogFeatures(), standardized(SVR(C=10))),
    "HOSA": lambda seed: (
        HosaFeatures(random_state=seed),
        standardized(
            LinearSVR(C=128, loss="squared_epsilon_insensitive", dual=True, random_state=seed)
        ),
    ),
    "FRIQUEE-ALL": lambda seed: (FriqueeFeatures(), standardized(SVR(C=10))),
}


@validate_params(
    {"name": [StrOptions(set(METHODS))], "random_state": ["random_state"]},
    prefer_skip_nested_validation=True,
)
def classical_model(name: str, *, random_state: Seed = None) -> Pipeline:
    """A classical method as its paper trains it, not yet fitted.

    Parameters
    ----------
    name : {"DIIVINE", "BLIINDS-II", "BRISQUE", "CORNIA", "GM-LOG", "HOSA", "FRIQUEE-ALL"}
        The method. `fit` of the first takes the `kinds` of damage.
    random_state : int, RandomState instance or None, default=None
        Seed of methods that draw patches or start a solver at random.

    Returns
    -------
    model : Pipeline
        A regressor of gray or RGB images of any size, with the steps "features", "scale" and
        "regress". Every parameter can be set: ``model.set_params(...)``.

    Raises
    ------
    ValueError
        If there is no such method.

    Notes
    -----
    Kernels are the published ones: linear for CORNIA and HOSA, RBF for the others. DIIVINE
    predicts by :class:`KindThenScoreRegressor`, which is one regressor where no kinds are given.
    Features are scaled to [-1, 1], and scores standardized, so that one ``C`` serves scores of
    every range: 10 for RBF kernels, 0.1 for CORNIA's, and 128 with squared errors for HOSA, as in
    a toolbox of Zeng et al. Choose your own on parts of the training images, described once:
    ``Pipeline([model.steps[0], ("search", GridSearchCV(model[1:], grid))])``, with a ``grid`` such
    as ``{"regress__regressor__C": [1, 10, 100]}``.

    Examples
    --------
    >>> from sk_hyperimage.ensemble import classical_model
    >>> model = classical_model("GM-LOG")
    >>> [name for name, step in model.steps]
    ['features', 'scale', 'regress']
    """
    features, regressor = METHODS[name](random_state)
    return Pipeline(
        [
            ("features", features),
            ("scale", MinMaxScaler((-1, 1))),
            ("regress", regressor),
        ]
    )


def standardized(regressor: Any) -> TransformedTargetRegressor:
    """A regressor that learns scores of zero mean and unit variance."""
    return TransformedTargetRegressor(regressor, transformer=StandardScaler())


def two_stages() -> KindThenScoreRegressor:
    """The kind of damage, then a score by what is known of the kind."""
    classifier = CalibratedClassifierCV(SVC(C=10), ensemble=False)
    return KindThenScoreRegressor(classifier, standardized(SVR(C=10)))
