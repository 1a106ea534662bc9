"""PLCC after a logistic mapping of predictions to subjective scores (the VQEG's practice).

A mapping fitted on the scores that it is evaluated on flatters, and may even reverse an
anti-correlated predictor. So it can be fitted on other scores (`calibration`), and the sign of the
raw PLCC is kept.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.metrics._correlation import check_scores, plcc_score

Start = Callable[[Floats, Floats], list[float]]


class LogisticFitWarning(UserWarning):
    """The logistic mapping could not be fitted, and the raw PLCC was returned."""


def logistic4(x: Floats, b1: float, b2: float, b3: float, b4: float) -> Floats:
    """Four-parameter logistic: from b2 to b1, centered at b3, of width b4."""
    from scipy.special import expit

    return b2 + (b1 - b2) * expit((x - b3) / b4)


def logistic5(x: Floats, b1: float, b2: float, b3: float, b4: float, b5: float) -> Floats:
    """Five-parameter logistic: a sigmoid of height b1 and slope b2 at b3, plus a line."""
    from scipy.special import expit

    return b1 * (expit(b2 * (x - b3)) - 0.5) + b4 * x + b5


def _slopes4(x: Floats, b1: float, b2: float, b3: float, b4: float) -> Floats:
    """Derivatives of the four-parameter logistic, a column for each parameter."""
    from scipy.special import expit

    z = (x - b3) / b4
    share = expit(z)
    inner = (b1 - b2) * share * (1 - share) / b4
    return np.column_stack([share, 1 - share, -inner, -inner * z])


def _slopes5(x: Floats, b1: float, b2: float, b3: float, b4: float, b5: float) -> Floats:
    """Derivatives of the five-parameter logistic, a column for each parameter."""
    from scipy.special import expit

    share = expit(b2 * (x - b3))
    inner = b1 * share * (1 - share)
    ones = np.ones_like(x)
    return np.column_stack([share - 0.5, inner * (x - b3), -inner * b2, x, ones])


# By differences, a fit of five parameters takes several times as many evaluations.
_SLOPES: dict[Callable[..., Floats], Callable[..., Floats]] = {
    logistic4: _slopes4,
    logistic5: _slopes5,
}


def plcc_logistic4_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, calibration: tuple[ArrayLike, ArrayLike] | None = None
) -> float:
    """PLCC after a 4-parameter logistic mapping of the predictions.

    The mapping is ``b2 + (b1 - b2) / (1 + exp(-(x - b3) / b4))``.

    Parameters
    ----------
    y_true : array-like of shape (n_images,)
        Subjective scores.
    y_pred : array-like of shape (n_images,)
        Predicted scores.
    calibration : tuple (y_true, y_pred), default=None
        Scores to fit the mapping on: those of training or validation images. None fits it on
        `y_true` and `y_pred` themselves, which flatters the predictor.

    Returns
    -------
    plcc : float
        In [-1, 1], with the sign of the raw PLCC; higher is better. If the fit fails, the raw
        PLCC with a LogisticFitWarning.

    Raises
    ------
    ValueError
        If the lengths differ, there are fewer than two values, or one is NaN or infinite.

    References
    ----------
    Sheikh, Sabir and Bovik, "A statistical evaluation of recent full reference image quality
    assessment algorithms", 2006.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import plcc_logistic4_score
    >>> x = np.linspace(-4, 4, 50)
    >>> round(plcc_logistic4_score(1 / (1 + np.exp(-x)), x), 4)
    1.0
    """
    return _fitted_plcc(logistic4, _start4, y_true, y_pred, calibration)


def plcc_logistic5_score(
    y_true: ArrayLike, y_pred: ArrayLike, *, calibration: tuple[ArrayLike, ArrayLike] | None = None
) -> float:
    """PLCC after a 5-parameter logistic mapping of the predictions.

    The mapping is ``b1 (1/2 - 1 / (1 + exp(b2 (x - b3)))) + b4 x + b5``.

    Parameters
    ----------
    y_true, y_pred, calibration
        As in :func:`plcc_logistic4_score`.

    Returns
    -------
    plcc : float
        As :func:`plcc_logistic4_score` returns it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.metrics import plcc_logistic5_score
    >>> x = np.linspace(-4, 4, 50)
    >>> round(plcc_logistic5_score(np.tanh(x) + 0.1 * x, x), 4)
    1.0
    """
    return _fitted_plcc(logistic5, _start5, y_true, y_pred, calibration)


def logistic4_curve(y_true: Floats, y_pred: Floats) -> Callable | None:
    """The fitted 4-parameter mapping of predictions to subjective scores; None if it fails."""
    fitted, _ = _fit_mapping(logistic4, _start4, y_true, y_pred)
    return None if fitted is None else lambda x: y_true.mean() + y_true.std() * fitted(x)


def _fitted_plcc(
    mapping: Callable[..., Floats],
    start: Start,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    calibration: tuple[ArrayLike, ArrayLike] | None,
) -> float:
    y_true, y_pred = check_scores(y_true, y_pred)
    fit_true, fit_pred = (y_true, y_pred) if calibration is None else check_scores(*calibration)
    raw = plcc_score(y_true, y_pred)
    fitted_mapping, failure = _fit_mapping(mapping, start, fit_true, fit_pred)
    if fitted_mapping is None:
        return _fall_back(raw, failure)
    mapped = fitted_mapping(y_pred)
    if not np.isfinite(mapped).all() or np.ptp(mapped) == 0:
        return _fall_back(raw, "the fitted mapping is constant or not finite")
    fitted = plcc_score(y_true, mapped)
    # A falling mapping would make a predictor of the wrong direction look good.
    return -abs(fitted) if raw < 0 else fitted


def _fit_mapping(
    mapping: Callable[..., Floats], start: Start, y_true: Floats, y_pred: Floats
) -> tuple[Callable[[Floats], Floats] | None, str]:
    """A mapping of predictions to standardized subjective scores, or why there is none."""
    if np.ptp(y_pred) == 0 or np.ptp(y_true) == 0:
        return None, "the scores it is fitted on are constant"
    # Standardized scores give every scale the same start and the same steps.
    center, scale = y_pred.mean(), y_pred.std()
    x = (y_pred - center) / scale
    y = (y_true - y_true.mean()) / y_true.std()
    p0 = start(x, y)
    if len(x) < len(p0):
        return None, f"{len(x)} scores are fewer than its {len(p0)} parameters"
    parameters, failure = _fit(mapping, tuple(p0), x.tobytes(), y.tobytes())
    if failure:
        return None, failure
    return lambda predictions: mapping((predictions - center) / scale, *parameters), ""


@lru_cache(maxsize=1)  # several parts of a test set often share one calibration
def _fit(
    mapping: Callable[..., Floats], p0: tuple[float, ...], x_bytes: bytes, y_bytes: bytes
) -> tuple[tuple[float, ...], str]:
    """Parameters of least squares, and why there are none if the fit fails."""
    from scipy.optimize import least_squares

    x, y = np.frombuffer(x_bytes), np.frombuffer(y_bytes)
    fit = least_squares(
        lambda parameters: mapping(x, *parameters) - y,
        p0,
        jac=lambda parameters: _SLOPES[mapping](x, *parameters),
        method="lm",
        x_scale="jac",  # the default from scipy 1.16 on
        max_nfev=20_000,
    )
    return tuple(fit.x), "" if fit.success else fit.message


# Centered where standardized scores are: at 0, not at their mean of 1e-17 or so, relative to which
# scipy before 1.16 chooses a step that moves nothing.
def _start4(x: Floats, y: Floats) -> list[float]:
    return [y.max(), y.min(), 0.0, x.std() / 4 * _direction(x, y)]


def _start5(x: Floats, y: Floats) -> list[float]:
    return [np.ptp(y) * _direction(x, y), 1 / x.std(), 0.0, 0.0, 0.0]


def _direction(x: Floats, y: Floats) -> float:
    """1 where y rises with x, -1 where it falls."""
    return -1.0 if np.corrcoef(x, y)[0, 1] < 0 else 1.0


def _fall_back(raw: float, reason: str) -> float:
    warnings.warn(
        f"the logistic mapping could not be fitted ({reason}); returning the raw PLCC",
        LogisticFitWarning,
        stacklevel=4,
    )
    return raw
