"""Splits that keep all images of a reference together (the paper's 60/20/20 protocol)."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_consistent_length, check_random_state

from sk_hyperimage.utils._holdout import draw_groups
from sk_hyperimage.utils._validation import check_groups


class ReferenceShuffleSplit(BaseCrossValidator):
    """Random train, validation and test parts that share no reference image.

    As ``cv=`` it yields the training part, including the validation images, and the test part:
    estimators hold out validation groups of their own. :meth:`split_with_validation` yields all
    three.

    Parameters
    ----------
    n_splits : int, default=10
        Number of splits; the paper takes 100.
    test_size : float or int, default=0.2
        Share (float) or number (int) of the references in the test part.
    validation_size : float or int, default=0.2
        Share (float) or number (int) of all references in the validation part.
    random_state : int, RandomState instance or None, default=None
        Seed. With an int the splits depend only on it and on the set of references, not on the
        order of the images.

    See Also
    --------
    sklearn.model_selection.GroupShuffleSplit : Two parts, drawn in order of appearance.

    Notes
    -----
    Splitting by image instead of by reference is a known trap: a model then recognizes the
    content of its training images, and its scores are far too good.

    References
    ----------
    The hyper-image paper: 60 % of the references for training, 20 % for validation, 20 % for
    testing.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.model_selection import ReferenceShuffleSplit
    >>> references = np.repeat(["bikes", "buildings", "caps", "house", "woman"], 3)
    >>> splitter = ReferenceShuffleSplit(n_splits=1, random_state=0)
    >>> for train, validation, test in splitter.split_with_validation(groups=references):
    ...     print(np.unique(references[validation]), np.unique(references[test]))
    ['bikes'] ['caps']
    """

    __metadata_request__split = {"groups": True}

    def __init__(
        self,
        n_splits: int = 10,
        *,
        test_size: float | int = 0.2,
        validation_size: float | int = 0.2,
        random_state: int | np.random.RandomState | None = None,
    ):
        self.n_splits = n_splits
        self.test_size = test_size
        self.validation_size = validation_size
        self.random_state = random_state

    def get_n_splits(
        self, X: object = None, y: object = None, groups: ArrayLike | None = None
    ) -> int:
        """Number of splits.

        Parameters
        ----------
        X, y, groups : object
            Ignored.

        Returns
        -------
        n_splits : int
        """
        return self.n_splits

    def split(
        self, X: object = None, y: object = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield two parts: training with validation, and test.

        Parameters
        ----------
        X, y : array-like of shape (n_images,), default=None
            Only their length is used.
        groups : array-like of shape (n_images,)
            Reference of each image.

        Yields
        ------
        train, test : ndarray of int
            Sorted indices.
        """
        for train, validation, test in self.split_with_validation(X, y, groups):
            yield np.sort(np.concatenate([train, validation])), test

    def split_with_validation(
        self, X: object = None, y: object = None, groups: ArrayLike | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield three parts.

        Parameters
        ----------
        X, y, groups
            As in :meth:`split`.

        Yields
        ------
        train, validation, test : ndarray of int
            Sorted indices; no reference is in two parts.

        Raises
        ------
        ValueError
            If a parameter is invalid, `groups` is missing, or there are too few references.
        """
        self._check_parameters()
        if groups is None:
            raise ValueError(
                "The 'groups' parameter should not be None: give each image's reference"
            )
        references = check_groups(groups)
        check_consistent_length(X, y, references)
        rng = check_random_state(self.random_state)
        for _ in range(self.n_splits):
            test, validation = draw_groups(references, [self.test_size, self.validation_size], rng)
            train = ~(test | validation)
            yield np.flatnonzero(train), np.flatnonzero(validation), np.flatnonzero(test)

    def _check_parameters(self) -> None:
        if not isinstance(self.n_splits, Integral) or self.n_splits < 1:
            raise ValueError(f"n_splits must be an integer of at least 1, got {self.n_splits!r}")
        for name in ("test_size", "validation_size"):
            size = getattr(self, name)
            is_count = isinstance(size, Integral) and size >= 1
            is_share = isinstance(size, Real) and not isinstance(size, Integral) and 0 < size < 1
            if isinstance(size, bool) or not (is_count or is_share):
                raise ValueError(
                    f"{name} must be a share between 0 and 1 or a number of references of at "
                    f"least 1, got {size!r}"
                )
