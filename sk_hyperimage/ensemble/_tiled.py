"""Large images at their own resolution: tiles as large as a model knows, and pooled answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import sklearn
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, ImagesLike, Predictor
from sk_hyperimage.ensemble._pooling import POOLING_RULES
from sk_hyperimage.images import Samples, Windows
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.images._grid import n_patches_along, patch_starts
from sk_hyperimage.utils._scores import PredictsByAnother
from sk_hyperimage.utils._sklearn import HasMethods, Interval, StrOptions, fit_or_restore
from sk_hyperimage.utils._validation import check_images, check_labels, check_pair, check_target

# Floats of the tiles that are predicted at a time: besides one image, memory holds no more.
PORTION_FLOATS = 2**23


class _Tiled(MetaEstimatorMixin, BaseEstimator):
    """Cutting, predicting and pooling, common to the regressor and the classifier."""

    _parameter_constraints: dict = {
        "estimator": [HasMethods(["fit", "predict"])],
        "tile_size": [Interval(Integral, 1, None, closed="left"), tuple, None],
        "overlap": [Interval(Real, 0, 1, closed="left")],
        "pooling": [StrOptions(set(POOLING_RULES)), Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        estimator: Predictor,
        tile_size: int | tuple[int, int] | None = None,
        *,
        overlap: float = 0.0,
        pooling: str | float = "mean",
    ):
        self.estimator = estimator
        self.tile_size = tile_size
        self.overlap = overlap
        self.pooling = pooling

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ImagesLike,
        y: ArrayLike | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Fit the estimator on whole images, and fix the size of tiles.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features), or sequence of images or file paths
            Images; rows of a 2-D X are one-row images.
        y : array-like of shape (n_images,), default=None
            Scores, or labels. A frozen estimator needs none.
        sample_weight, **params : array-like of shape (n_images, ...)
            Metadata of the estimator's `fit`.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If `tile_size` is None and the estimator is frozen, so that the images of its fit are
            not known.
        """
        images = check_images(X, self, reset=True, mixed=True)
        if self.tile_size is not None:
            tile_shape = check_pair(self.tile_size, "tile_size")
        elif isinstance(self.estimator, FrozenEstimator):
            raise ValueError(
                "tile_size must be given for a frozen estimator, because the images that it was "
                "fitted on are not known; the max_shape of its grid is a good choice"
            )
        else:
            rows, cols = images.image_shapes[:, :2].max(axis=0).tolist()
            tile_shape = rows, cols
        if y is not None:
            y = self._check_y(y, images)
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        if sklearn.get_config()["enable_metadata_routing"]:
            params = process_routing(self, "fit", **params).estimator.fit
        self.estimator_ = clone(self.estimator).fit(X, y, **params)
        self.tile_shape_ = tile_shape
        return self

    def _check_y(self, y: ArrayLike, images: Samples) -> np.ndarray:
        raise NotImplementedError

    def get_metadata_routing(self) -> MetadataRouter:
        """Metadata that `fit` takes: that of the estimator.

        Returns
        -------
        routing : MetadataRouter
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        return MetadataRouter(owner=self).add(estimator=self.estimator, method_mapping=mapping)

    def _pooled(self, X: ImagesLike, method: str) -> np.ndarray:
        """What a method of the estimator says of images, that of tiles pooled."""
        check_is_fitted(self)
        images = check_images(X, self, reset=False, mixed=True)
        predict = getattr(self.estimator_, method)
        is_large = (images.image_shapes[:, :2] > self.tile_shape_).any(axis=1)
        if not is_large.any():
            return predict(X)
        of_images: list[Any] = [None] * len(images)
        small = np.flatnonzero(~is_large)
        if len(small):
            for place, value in zip(small, predict(images.subset(small)), strict=True):
                of_images[place] = value
        for index in np.flatnonzero(is_large).tolist():
            of_tiles = np.concatenate([p for _, p in self._of_tiles(images, index, predict)])
            of_images[index] = self._pool(of_tiles)
        return np.array(of_images)

    def _pool(self, of_tiles: np.ndarray) -> np.ndarray:
        if isinstance(self.pooling, str):
            return POOLING_RULES[self.pooling](of_tiles[np.newaxis])[0]
        return np.quantile(of_tiles, self.pooling, axis=0)

    def _of_tiles(
        self, images: Samples, index: int, function: Callable[[Floats], Any]
    ) -> Iterator[tuple[Windows, Any]]:
        """What a function gives for the tiles of one image, some at a time, and where they are."""
        image = images.item(index)
        n_rows, n_cols = map(min, self.tile_shape_, image.shape[:2])
        rows, cols = (
            patch_starts(length, side, n_patches_along(length, side, self.overlap))
            for length, side in zip(image.shape[:2], (n_rows, n_cols), strict=True)
        )
        windows = Windows.lattice(rows, cols, (n_rows, n_cols))
        u, v = np.indices((windows.rows.size, windows.cols.size)).reshape(2, -1)
        n_each = max(1, PORTION_FLOATS // (n_rows * n_cols * image.shape[2]))
        for start in range(0, len(u), n_each):
            some = windows.at(u[start : start + n_each], v[start : start + n_each])
            with errors_named(f"{images.name(index)}, in a tile"):
                yield some, function(some.cut(image))

    def _maps_of(
        self, X: ImagesLike, function: Callable[[ImagesLike], list[Floats]]
    ) -> list[Floats]:
        """Maps of images from those that a function makes of tiles, means where these overlap."""
        check_is_fitted(self)
        images = check_images(X, self, reset=False, mixed=True)
        maps: list[Floats] = []
        for index in range(len(images)):
            total, count = np.zeros((2, *images.image_shape(index)[:2]), dtype=np.float32)
            for windows, of_tiles in self._of_tiles(images, index, function):
                rows, cols = windows.shape
                for row, col, map_ in zip(windows.rows, windows.cols, of_tiles, strict=True):
                    total[row : row + rows, col : col + cols] += map_
                    count[row : row + rows, col : col + cols] += 1
            maps.append(np.divide(total, count, out=total))
        return maps

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


class TiledRegressor(PredictsByAnother, RegressorMixin, _Tiled):
    """Predict large images at their own resolution: tile by tile, and pool the scores.

    A fitted model knows images up to some size, and larger ones are scaled down, with which small
    damage vanishes. Here they are cut into tiles of that size, at their own resolution; the
    estimator predicts every tile as if it were an image, and the predictions are pooled. Images
    that fit into a tile are predicted as the estimator predicts them.

    Parameters
    ----------
    estimator : regressor
        Of images: a :class:`HyperImageRegressor`, a Pipeline, a search. Fitted on whole images; a
        :class:`sklearn.frozen.FrozenEstimator` is used as it is.
    tile_size : int or tuple of int, default=None
        Rows and columns of a tile in pixels. None: the most rows and columns of the images seen in
        `fit`.
    overlap : float in [0, 1), default=0.0
        Share of a tile's length that neighbors have at least in common. Tiles are spread evenly,
        and the first and the last touch the border.
    pooling : {"mean", "median", "min", "max"} or float in [0, 1], default="mean"
        Rule that makes the score of an image from those of its tiles; a float is a quantile. The
        worst tile is "min" if higher is better, else "max".

    Attributes
    ----------
    estimator_ : regressor
        The fitted estimator.
    tile_shape_ : tuple of int
        Rows and columns of a tile.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    sk_hyperimage.feature_extraction.PatchExtractor : `larger_images` says what it does with them.
    sk_hyperimage.inspection.patch_maps : Maps, which have the size of the image here too.

    Notes
    -----
    Besides one decoded image, memory holds few tiles at a time, however large the image.

    A normalizer inside the estimator sees tiles, so pixels at their borders are normalized as
    those at the border of an image. Ahead of this step, it sees whole images.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageRegressor, TiledRegressor
    >>> images = np.random.default_rng(0).random((12, 32, 48), dtype=np.float32)
    >>> model = TiledRegressor(HyperImageRegressor(random_state=0), pooling="min")
    >>> model = model.fit(images, images.mean(axis=(1, 2)))
    >>> large = np.block([[images[0], images[1]], [images[2], images[3]]])
    >>> bool(np.isclose(model.predict([large]), model.predict(images[:4]).min()))
    True

    Around a fitted model, such as one of a file:

    >>> from sklearn.frozen import FrozenEstimator
    >>> fitted = model.estimator_
    >>> tiled = TiledRegressor(FrozenEstimator(fitted), fitted.extractor_.grid_.max_shape)
    >>> tiled.fit(images[:1]).predict([large]).shape
    (1,)
    """

    def _predicting(self) -> object:
        return getattr(self, "estimator_", self.estimator)

    def predict(self, X: ImagesLike) -> Floats:
        """Predict the scores of images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        y : ndarray of shape (n_images,)
            In the unit and direction of the y seen in `fit`.
        """
        return self._pooled(X, "predict")

    def _check_y(self, y: ArrayLike, images: Samples) -> Floats:
        return check_target(y, images, self)


def _gives(method: str) -> Callable[[TiledClassifier], bool]:
    return lambda model: hasattr(getattr(model, "estimator_", model.estimator), method)


class TiledClassifier(ClassifierMixin, _Tiled):
    """Classify large images at their own resolution: tile by tile, and pool the probabilities.

    Parameters
    ----------
    estimator : classifier
        Of images, with `predict_proba` or `decision_function`; as in :class:`TiledRegressor`.
    tile_size, overlap
        As in :class:`TiledRegressor`.
    pooling : {"mean", "median", "min", "max"} or float in [0, 1], default="mean"
        Rule that makes the probability of an image from those of its tiles; a float is a quantile.
        Of two classes that of the greater label is pooled, so "max" finds one damaged tile among
        many if that label means damage. Of more classes each is, and the probabilities are scaled
        to sum to one. Decision values are pooled if there are no probabilities.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    estimator_, tile_shape_, n_features_in_
        As in :class:`TiledRegressor`.

    See Also
    --------
    TiledRegressor : The same for scores.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageClassifier, TiledClassifier
    >>> images = np.random.default_rng(0).random((12, 32, 48), dtype=np.float32)
    >>> model = TiledClassifier(HyperImageClassifier(random_state=0), pooling="max")
    >>> model = model.fit(images, np.arange(12) % 2)
    >>> large = np.block([[images[0], images[1]], [images[2], images[3]]])
    >>> model.predict_proba([large, images[0]]).shape
    (2, 2)
    """

    @property
    def classes_(self) -> np.ndarray:
        """Labels, sorted."""
        return self.estimator_.classes_

    @available_if(_gives("predict_proba"))
    def predict_proba(self, X: ImagesLike) -> Floats:
        """Predict the class probabilities of images.

        Parameters
        ----------
        X
            As in :meth:`predict`.

        Returns
        -------
        probabilities : ndarray of shape (n_images, n_classes)
        """
        return self._pooled(X, "predict_proba")

    @available_if(_gives("decision_function"))
    def decision_function(self, X: ImagesLike) -> Floats:
        """Pool the decision values of tiles.

        Parameters
        ----------
        X
            As in :meth:`predict`.

        Returns
        -------
        decisions : ndarray of shape (n_images,) or (n_images, n_classes)
        """
        return self._pooled(X, "decision_function")

    def predict(self, X: ImagesLike) -> np.ndarray:
        """Predict the labels of images.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        y : ndarray of shape (n_images,)
        """
        check_is_fitted(self)
        if hasattr(self.estimator_, "predict_proba"):
            codes = self.predict_proba(X).argmax(axis=1)
        else:
            decisions = self.decision_function(X)
            codes = decisions.argmax(axis=1) if decisions.ndim > 1 else (decisions > 0).astype(int)
        return self.classes_[codes]

    def _check_y(self, y: ArrayLike, images: Samples) -> np.ndarray:
        classes, codes = check_labels(y, images, self)
        return classes[codes]

    def _pool(self, of_tiles: np.ndarray) -> np.ndarray:
        if of_tiles.ndim == 1 or not hasattr(self.estimator_, "predict_proba"):
            return super()._pool(of_tiles)
        if of_tiles.shape[1] == 2:
            greater = super()._pool(of_tiles[:, 1])
            return np.array([1 - greater, greater])
        pooled = super()._pool(of_tiles)
        return pooled / pooled.sum()
