"""The classical methods of the papers' tables: features and a support vector regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVR, LinearSVR

from sk_hyperimage._typing import Seed
from sk_hyperimage.feature_extraction import (
    BrisqueFeatures,
    CorniaFeatures,
    GmLogFeatures,
    HosaFeatures,
)

# Features and the regression on them, made with the seed of those that draw.
METHODS: dict[str, Callable[[Seed], tuple[Any, Any]]] = {
    "BRISQUE": lambda seed: (BrisqueFeatures(), SVR(C=10)),
    "CORNIA": lambda seed: (CorniaFeatures(random_state=seed), SVR(kernel="linear", C=0.1)),
    "GM-LOG": lambda seed: (GmLogFeatures(), SVR(C=10)),
    "HOSA": lambda seed: (
        HosaFeatures(random_state=seed),
        LinearSVR(C=128, loss="squared_epsilon_insensitive", dual=True, random_state=seed),
    ),
}


def classical_model(name: str, *, random_state: Seed = None) -> Pipeline:
    """A classical method as its paper trains it, not yet fitted.

    Parameters
    ----------
    name : {"BRISQUE", "CORNIA", "GM-LOG", "HOSA"}
        The method.
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
    Kernels are the published ones: RBF for BRISQUE and GM-LOG, linear for CORNIA and HOSA.
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
    if name not in METHODS:
        raise ValueError(f"name must be one of {', '.join(METHODS)}; got {name!r}")
    features, regressor = METHODS[name](random_state)
    return Pipeline(
        [
            ("features", features),
            ("scale", MinMaxScaler((-1, 1))),
            ("regress", TransformedTargetRegressor(regressor, transformer=StandardScaler())),
        ]
    )
