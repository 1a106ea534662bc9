"""Validation of what estimators are given: images, patch grids, targets, weights."""

from __future__ import annotations

import warnings
from collections.abc import Sized
from contextlib import AbstractContextManager
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import (
    assert_all_finite,
    check_array,
    check_consistent_length,
    column_or_1d,
)
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from sk_hyperimage._typing import Floats, GridsLike, ImagesLike, Ints
from sk_hyperimage.images._collection import collect_images, image_sequence, is_missing
from sk_hyperimage.images._decoding import array_shape
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.images._floats import check_finite, tells_no_range
from sk_hyperimage.images._reading import is_path
from sk_hyperimage.images._samples import ArraySamples, Samples
from sk_hyperimage.utils._sklearn import _check_sample_weight

# Floats beyond are no shares of white, whatever was done to an image in [0, 1].
BEYOND_WHITE = 32

# From this length of the shorter side, (n_rows, n_cols, 3) is one image rather than gray ones of
# three columns, which nothing in this package makes.
ONE_IMAGE_SIDE = 16


def check_images(
    X: ImagesLike, estimator: BaseEstimator, *, reset: bool, mixed: bool = False
) -> Samples:
    """Validate the images given to an estimator, without decoding any file.

    Parameters
    ----------
    X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
        Rows of a 2-D X are one-row images of shape (1, n_features, 1).
    estimator : estimator
        Its `n_features_in_` (number of channels; number of columns of a 2-D X) is set when
        `reset` is True, and compared otherwise.
    reset : bool
        True in `fit`.
    mixed : bool, default=False
        Whether images in a sequence, and those of later calls, may differ in the number of
        channels.

    Returns
    -------
    images : Samples
        Images of shape (n_rows, n_cols, n_channels).

    Raises
    ------
    TypeError, ValueError
        If X is no collection of images; the message names the image where one is at fault.
    """
    return _check_samples(X, estimator, reset=reset, n_axes=3, mixed=mixed)


def warn_if_gray_levels(X: ImagesLike, white: float = 1.0) -> None:
    """Warn of images that seem to be floats in [0, 255] in place of [0, 1], by the first of them.

    Parameters
    ----------
    X : array-like or sequence of images or file paths
        As a user gave them.
    white : float, default=1.0
        What white is meant to be.
    """
    first = X[0] if isinstance(X, (list, tuple, np.ndarray)) and len(X) else None
    if not isinstance(first, np.ndarray) or first.ndim < 2 or first.dtype.kind != "f":
        return
    if first.ndim > 2 and first.shape[2] not in (1, 3, 4):  # no picture
        return
    if first.size and first.min() >= 0 and first.max() > BEYOND_WHITE * white:
        warnings.warn(
            f"X[0] holds floats up to {first.max():.4g}, but white is {white:g} for images of "
            f"floats: divide them by 255, give them as uint8, or set data_range=255 where a step "
            f"has it",
            stacklevel=4,
        )


def check_patch_grids(X: GridsLike, estimator: BaseEstimator, *, reset: bool) -> Samples:
    """Validate the patch grids given to an estimator.

    As `check_images`, for samples of shape (U, V, n_rows, n_cols, n_channels); the columns of a
    2-D X are one patch of one row.
    """
    return _check_samples(X, estimator, reset=reset, n_axes=5)


def _check_samples(
    X: Any, estimator: BaseEstimator, *, reset: bool, n_axes: int, mixed: bool = False
) -> Samples:
    """Validate samples of `n_axes` axes, of which the last, the channels, may be left out."""
    samples: Samples
    if isinstance(X, (list, tuple, Samples)) and len(X) == 0:
        raise ValueError("X is empty: 0 sample(s) while a minimum of 1 is required")
    sequence = image_sequence(X) if n_axes == 3 else None
    if isinstance(X, (list, tuple)) and sequence is None:
        X = np.asarray(X)  # scikit-learn does not convert lists of object arrays
    if isinstance(X, Samples):
        samples = X
    elif sequence is not None:
        samples = collect_images(sequence, mixed=mixed)
        if not is_path(sequence[0]):
            first: Any = sequence[0]
            _check_not_one_image((len(sequence), *array_shape(first)))
    elif n_dimensions(X) <= 2:
        with numbers_of("X"):
            X = validate_data(estimator, X, reset=reset)
        if tells_no_range(X.dtype):
            X = X.astype(np.float64)  # a table of numbers, not of gray levels
        return ArraySamples(X.reshape(len(X), *[1] * (n_axes - 2), -1, 1))
    else:
        samples = _array_samples(X, estimator, n_axes)
    _check_n_channels(samples, estimator, reset=reset, n_axes=n_axes, mixed=mixed)
    return samples


def n_dimensions(X: object) -> int:
    """Rank of an array or nested list; other array-likes are left to scikit-learn as 2-D."""
    if hasattr(X, "shape"):
        return len(X.shape)
    return 1 + np.ndim(X[0]) if isinstance(X, (list, tuple)) else 2


def _array_samples(X: Any, estimator: BaseEstimator, n_axes: int) -> ArraySamples:
    """Samples in one dense array, gray ones given a channel axis."""
    with numbers_of("X"):
        X = check_array(
            X, allow_nd=True, ensure_all_finite=False, estimator=estimator, input_name="X"
        )
    if X.ndim not in (n_axes, n_axes + 1):
        raise ValueError(
            f"X has {X.ndim} dimensions; {type(estimator).__name__} takes samples of "
            f"{n_axes - 1} dimensions, or {n_axes} with channels last, or a 2-D X of one-row "
            f"samples. Found array with dim {X.ndim}."
        )
    if 0 in X.shape:
        raise ValueError(f"X has shape {X.shape}: its samples are empty")
    if n_axes == 3:
        _check_not_one_image(X.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        total = X.sum()
    if not np.isfinite(total):  # which a sum of finite values may be, too
        for index, sample in enumerate(X):
            check_finite(sample, f"X[{index}]")
    return ArraySamples(X if X.ndim == n_axes + 1 else X[..., np.newaxis])


def _check_not_one_image(shape: tuple[int, ...]) -> None:
    """Raise ValueError where gray images of some shape are more likely the rows of a color one."""
    if len(shape) == 3 and shape[2] in (3, 4) and min(shape[:2]) >= ONE_IMAGE_SIDE:
        raise ValueError(
            f"X has shape {shape}, which is that of one color image; wrap it in a list: [X]. If "
            f"these are {shape[0]} gray images of {shape[2]} columns, give each a last axis of "
            f"one channel, image[..., np.newaxis]"
        )


def _check_n_channels(
    samples: Samples, estimator: BaseEstimator, *, reset: bool, n_axes: int, mixed: bool
) -> None:
    """Set or compare `n_features_in_`, which counts the channels of n-D samples."""
    name = type(estimator).__name__
    if samples.sample_ndim != n_axes:
        raise ValueError(
            f"X holds samples of {samples.sample_ndim} dimensions but {name} takes samples of "
            f"{n_axes}: {'images' if n_axes == 3 else 'patch grids, which a PatchExtractor makes'}"
        )
    n_channels = samples.n_channels
    if reset:
        estimator.n_features_in_ = n_channels
    elif n_channels != estimator.n_features_in_ and not mixed:
        one_image = n_channels == 1 and samples.image_shape(0)[1] == estimator.n_features_in_
        raise ValueError(
            f"X has {n_channels} channels, but {name} is expecting {estimator.n_features_in_} as "
            f"in fit{'; if X is one image, wrap it in a list: [X]' if one_image else ''}"
        )


def check_pair(value: int | tuple[int, ...], name: str) -> tuple[int, int]:
    """Rows and columns, given as a positive integer or two of them."""
    pair = value if isinstance(value, tuple) else (value, value)
    if len(pair) != 2 or not all(isinstance(n, Integral) and n > 0 for n in pair):
        raise ValueError(f"{name} must be two positive integers, got {value!r}")
    return int(pair[0]), int(pair[1])


def numbers_of(name: str) -> AbstractContextManager[None]:
    """Turn the OverflowError of integers beyond any float into a ValueError."""
    return errors_named(f"{name} holds a number too large for a float", OverflowError)


def _check_given(y: ArrayLike | None, estimator: BaseEstimator) -> None:
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the "
            f"target y is None."
        )


def check_target(y: ArrayLike | None, samples: Sized, estimator: BaseEstimator) -> Floats:
    """Validate a 1-D numeric target that goes with `samples`."""
    _check_given(y, estimator)
    with numbers_of("y"):
        values = check_array(
            y, ensure_2d=False, dtype=np.float64, input_name="y", estimator=estimator
        )
    target = column_or_1d(values, warn=True)
    check_consistent_length(samples, target)
    return target


def check_labels(
    y: ArrayLike | None, samples: Sized, estimator: BaseEstimator, name: str = "y"
) -> tuple[np.ndarray, Ints]:
    """Classes of 1-D labels that go with `samples`, sorted, and each sample's position in them."""
    _check_given(y, estimator)
    # pandas' own types of whole numbers and booleans would become floats
    labels = column_or_1d(np.asarray(y) if hasattr(y, "__array__") else y, warn=True)
    check_consistent_length(samples, labels)
    if labels.dtype == object:
        labels = _sortable_labels(labels, name)
    assert_all_finite(labels, input_name=name, estimator_name=type(estimator).__name__)
    check_classification_targets(labels)
    classes, codes = np.unique(labels, return_inverse=True)
    return classes, codes


def check_groups(groups: ArrayLike) -> np.ndarray:
    """Groups of samples, (n_samples,), of which none is missing."""
    names = np.asarray(groups)
    if names.ndim == 2 and names.shape[1] == 1:
        names = names[:, 0]
    if names.ndim != 1:
        raise ValueError(f"groups must hold one group for each image, got shape {names.shape}")
    if names.dtype == object:
        return _sortable_labels(names, "groups", "a group")
    assert_all_finite(names, input_name="groups")
    return names


def _sortable_labels(y: np.ndarray, name: str, needed: str = "a label") -> np.ndarray:
    """Labels in an array of objects, numbers and booleans in a type of their own."""
    for index, label in enumerate(y):
        if is_missing(label):
            raise ValueError(f"{name}[{index}] is {label!r}; every image needs {needed}")
    if all(isinstance(label, (Integral, np.bool_)) for label in y):
        return np.array(y.tolist())
    kinds = sorted({type(label).__name__ for label in y})
    if len(kinds) > 1 and "str" in kinds:
        raise ValueError(
            f"{name} mixes values of the types {', '.join(kinds)}; make all of one type"
        )
    return y


def check_weights(sample_weight: ArrayLike | None, samples: Sized) -> Floats:
    """Weights as floats of shape (n_samples,), ones for None; not all may be zero."""
    with numbers_of("sample_weight"):
        weight = _check_sample_weight(
            sample_weight, np.empty((len(samples), 1)), ensure_non_negative=True
        )
    if not weight.any():  # which scikit-learn refuses itself from 1.9 on
        raise ValueError("sample_weight must contain at least one weight that is not zero")
    with np.errstate(over="ignore"):
        if not np.isfinite(weight.sum()):
            raise ValueError("sample_weight holds values too large for their sum")
    return weight
