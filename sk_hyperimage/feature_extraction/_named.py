"""Names of the columns that transformers of images or of hyper-images give."""

from __future__ import annotations

import numpy as np
from sklearn.utils.validation import check_is_fitted


class NamesFeatures:
    """Names the columns of `transform` by `_feature_names`."""

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Names of the columns of `transform`.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of str
        """
        check_is_fitted(self)
        return np.array(self._feature_names(), dtype=object)

    def _feature_names(self) -> list[str]:
        """A name for every column, of what is fitted."""
        raise NotImplementedError
