"""Scores of images, spread as a normal distribution is."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, rankdata
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from sk_hyperimage._typing import Floats
from sk_hyperimage.utils._sklearn import fit_or_restore

# Standard deviations that both directions go on beyond the lowest and the highest known value.
REACH = 100.0


class NormalScores(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Replace every value by the one that a normal distribution has at its rank.

    For the targets of a regression, as `transformer` of scikit-learn's
    :class:`~sklearn.compose.TransformedTargetRegressor`. Scores crowd where most images are, as a
    rule near the good end. There small differences decide about ranks, while the errors of a
    regression are ruled by the few bad images. Predictions are mapped back to scores.

    Attributes
    ----------
    values_ : list of ndarray of shape (n_known + 2,)
        Of every column the values that `fit` has seen, ascending, between two that are far beyond.
    normal_scores_ : list of ndarray of shape (n_known + 2,)
        What they become.
    n_features_in_ : int
        Columns of X.

    See Also
    --------
    sklearn.preprocessing.QuantileTransformer : The same idea with a fixed number of quantiles. All
        that lies beyond the known values becomes one number there.

    Notes
    -----
    The value of rank r among n becomes the (r - 1/2) / n quantile of the normal distribution;
    equal values share their mean rank. Between known values both directions are linear. Beyond the
    lowest and the highest they go on by a standard deviation of the known values for each unit of
    the normal distribution, so that predictions keep their ranks there, too.

    References
    ----------
    W. J. Conover, "Practical Nonparametric Statistics", third edition, 1999, section 5.10.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.preprocessing import NormalScores
    >>> scores = np.array([[99.0], [98.0], [97.0], [30.0]])
    >>> transformer = NormalScores().fit(scores)
    >>> transformer.transform(scores).ravel().round(2).tolist()
    [1.15, 0.32, -0.32, -1.15]
    >>> transformer.inverse_transform([[0.0]]).item()
    97.5
    """

    _parameter_constraints: dict = {}

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the ranks of values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Every column is ranked by itself.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If values are so large that their standard deviation overflows.
        """
        columns = validate_data(self, X, dtype=np.float64).T
        with np.errstate(over="ignore"):
            spreads = columns.std(axis=1)
        if not np.isfinite(spreads).all():
            raise ValueError("X holds values too large for their standard deviation")
        self.values_, self.normal_scores_ = [], []
        for column, spread in zip(columns, spreads, strict=True):
            values, first = np.unique(column, return_index=True)
            scores = norm.ppf((rankdata(column)[first] - 0.5) / len(column))
            self.values_.append(_with_ends(values, REACH * (spread or 1)))
            self.normal_scores_.append(_with_ends(scores, REACH))
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """Replace values by normal scores.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        normal_scores : ndarray of shape (n_samples, n_features)
            0 is the median of what `fit` has seen; higher where the value is.
        """
        return self._interpolated(X, inverse=False)

    def inverse_transform(self, X: ArrayLike) -> Floats:
        """Replace normal scores by values.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        values : ndarray of shape (n_samples, n_features)
            In the unit of what `fit` has seen.
        """
        return self._interpolated(X, inverse=True)

    def _interpolated(self, X: ArrayLike, inverse: bool) -> Floats:
        check_is_fitted(self)
        columns = validate_data(self, X, dtype=np.float64, reset=False).T
        known = self.values_, self.normal_scores_
        found = map(np.interp, columns, *(known[::-1] if inverse else known))
        return np.stack(list(found), axis=1)


def _with_ends(ascending: Floats, beyond: float) -> Floats:
    """Numbers, and one that far beyond each end."""
    return np.concatenate([[ascending[0] - beyond], ascending, [ascending[-1] + beyond]])
