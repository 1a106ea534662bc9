"""PLCC after a logistic mapping of predictions to subjective scores (the VQEG's practice).

A mapping fitted on the scores it is judged by can flatter: it even turns an anti-correlated
predictor round. It can therefore be fitted on other scores (`calibration`), and the sign of the
raw PLCC is kept.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from sk_hyperimage.metrics._correlation import check_scores, plcc_score


class LogisticFitWarning(UserWarning):
    """The logistic mapping could not be fitted, and the raw PLCC was returned."""


def logistic4(x: np.ndarray, b1: float, b2: float, b3: float, b4: float) -> np.ndarray:
    """Four-parameter logistic: from b2 to b1, centred at b3, of width b4."""
    from scipy.special import expit

    return b2 + (b1 - b2) * expit((x - b3) / b4)


def logistic5(x: np.ndarray, b1: float, b2: float, b3: float, b4: float, b5: float) -> np.ndarray:
    """Five-parameter logistic: a sigmoid of height b1 and slope b2 at b3, plus a line."""
    from scipy.special import expit

    return b1 * (expit(b2 * (x - b3)) - 0.5) + b4 * x + b5


def plcc_logistic4_score(
    y_true: Any, y_pred: Any, *, calibration: tuple[Any, Any] | None = None
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
        Scores to fit the mapping on: those of training or validation images. None fits on the
        scores that are judged, which flatters the predictor.

    Returns
    -------
    plcc : float
        In [-1, 1], with the sign of the raw PLCC; higher is better. Where the fit fails, the raw
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

    def start(x: np.ndarray, y: np.ndarray) -> list[float]:
        return [y.max(), y.min(), x.mean(), x.std() / 4 * _direction(x, y)]

    return _fitted_plcc(logistic4, start, y_true, y_pred, calibration)


def plcc_logistic5_score(
    y_true: Any, y_pred: Any, *, calibration: tuple[Any, Any] | None = None
) -> float:
    """PLCC after a 5-parameter logistic mapping of the predictions.

    The mapping is ``b1 (1/2 - 1 / (1 + exp(b2 (x - b3)))) + b4 x + b5``.

    Parameters
    ----------
    y_true : array-like of shape (n_images,)
        Subjective scores.
    y_pred : array-like of shape (n_images,)
        Predicted scores.
    calibration : tuple (y_true, y_pred), default=None
        Scores to fit the mapping on, as in :func:`plcc_logistic4_score`.

    Returns
    -------
    plcc : float
        In [-1, 1], with the sign of the raw PLCC; higher is better. Where the fit fails, the raw
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
    >>> from sk_hyperimage.metrics import plcc_logistic5_score
    >>> x = np.linspace(-4, 4, 50)
    >>> round(plcc_logistic5_score(np.tanh(x) + 0.1 * x, x), 4)
    1.0
    """

    def start(x: np.ndarray, y: np.ndarray) -> list[float]:
        return [np.ptp(y) * _direction(x, y), 1 / x.std(), x.mean(), 0.0, y.mean()]

    return _fitted_plcc(logistic5, start, y_true, y_pred, calibration)


def _fitted_plcc(
    mapping: Callable[..., np.ndarray],
    start: Callable[[np.ndarray, np.ndarray], list[float]],
    y_true: Any,
    y_pred: Any,
    calibration: tuple[Any, Any] | None,
) -> float:
    y_true, y_pred = check_scores(y_true, y_pred)
    fit_true, fit_pred = (y_true, y_pred) if calibration is None else check_scores(*calibration)
    raw = plcc_score(y_true, y_pred)
    if np.ptp(fit_pred) == 0 or np.ptp(fit_true) == 0:
        return _fall_back(raw, "the scores it is fitted on are constant")
    # Standardised scores give every scale the same start and the same steps.
    centre, scale = fit_pred.mean(), fit_pred.std()
    x, mapped = (fit_pred - centre) / scale, (y_pred - centre) / scale
    y = (fit_true - fit_true.mean()) / fit_true.std()
    p0 = start(x, y)
    if len(x) < len(p0):
        return _fall_back(raw, f"{len(x)} scores are fewer than its {len(p0)} parameters")
    parameters, failure = _fit(mapping, tuple(p0), x.tobytes(), y.tobytes())
    if failure:
        return _fall_back(raw, failure)
    mapped = mapping(mapped, *parameters)
    if not np.isfinite(mapped).all() or np.ptp(mapped) == 0:
        return _fall_back(raw, "the fitted mapping is constant or not finite")
    fitted = plcc_score(y_true, mapped)
    # A falling mapping would turn a predictor of the wrong direction into a good one.
    return -abs(fitted) if raw < 0 else fitted


@lru_cache(maxsize=1)  # several parts of a test set are often judged by one calibration
def _fit(
    mapping: Callable[..., np.ndarray], p0: tuple[float, ...], x_bytes: bytes, y_bytes: bytes
) -> tuple[tuple[float, ...], str]:
    """Parameters of least squares, and why there are none if the fit fails."""
    from scipy.optimize import least_squares

    x, y = np.frombuffer(x_bytes), np.frombuffer(y_bytes)
    fit = least_squares(
        lambda parameters: mapping(x, *parameters) - y, p0, method="lm", max_nfev=20_000
    )
    return tuple(fit.x), "" if fit.success else fit.message


def _direction(x: np.ndarray, y: np.ndarray) -> float:
    """1 where y rises with x, -1 where it falls."""
    return -1.0 if np.corrcoef(x, y)[0, 1] < 0 else 1.0


def _fall_back(raw: float, reason: str) -> float:
    warnings.warn(
        f"the logistic mapping could not be fitted ({reason}); returning the raw PLCC",
        LogisticFitWarning,
        stacklevel=4,
    )
    return raw
