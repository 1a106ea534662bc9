"""What transformers of hyper-images into a row of numbers share: components, and portions."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Floats, Ints, Seed
from sk_hyperimage.feature_extraction._named import NamesFeatures
from sk_hyperimage.images import Samples
from sk_hyperimage.images._floats import check_computed
from sk_hyperimage.utils._sklearn import fit_or_restore
from sk_hyperimage.utils._validation import check_images

# Floats of hyper-images that are described at a time, if they have one shape.
PORTION_FLOATS = 2**20
# Patches whose descriptions the principal components are found from: more change little.
N_PATCHES = 20_000
# Fewest patches for each component. Where components can tell all patches apart, these are equally
# far from the mean, and what differs between images may be rounding errors.
PATCHES_PER_COMPONENT = 2
# Spread of a component that is no more than rounding, as a share of that of the first.
OF_ROUNDING = 1e-5


class BaseSummary(NamesFeatures, TransformerMixin, BaseEstimator):
    """Finds principal components of descriptions; subclasses summarize those of an image."""

    n_components: int | None
    random_state: Seed
    pca_: Any

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Find the principal components of the descriptions.

        Parameters
        ----------
        X : array-like of shape (n_images, U, V, D) or (n_images, n_features), or sequence of \
arrays of shape (U, V, D)
            Hyper-images; rows of a 2-D X are hyper-images of one row and one feature.
        y : None
            Ignored.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a parameter that is a list holds other numbers than it may.
        """
        hyper_images = check_images(X, self, reset=True)
        self._check_lists()
        self.pca_ = None
        if self.n_components is not None:
            patches = _some_patches(hyper_images, check_random_state(self.random_state))
            n_told = max(1, len(patches) // PATCHES_PER_COMPONENT)
            n_components = min(self.n_components, n_told, patches.shape[1])
            with np.errstate(invalid="ignore"):  # shares of no variance, if all are alike
                pca = _components(n_components, patches)
                # The others are rounding errors, which a scaler would make as large as the rest.
                spread = pca.singular_values_
                n_real = max(1, int((spread > OF_ROUNDING * spread[0]).sum()))
                self.pca_ = pca if n_real == n_components else _components(n_real, patches)
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """Describe hyper-images, a few at a time.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        rows : ndarray of shape (n_images, n_features_out)
            What is in which column, `get_feature_names_out` says.

        Raises
        ------
        ValueError
            If values are so large that numbers computed of them overflow; the message names the
            image.
        """
        check_is_fitted(self)
        hyper_images = check_images(X, self, reset=False)
        described: list[Floats] = []
        with np.errstate(over="ignore", invalid="ignore"):
            for indices in _portions(hyper_images):
                if len(indices) > 1:
                    portion = hyper_images.take(indices)
                else:
                    portion = hyper_images.item(int(indices[0]))[np.newaxis]
                described.append(
                    self._describe(self._projected(portion)).astype(portion.dtype, copy=False)
                )
                for index, row in zip(indices, described[-1], strict=True):
                    check_computed(row, hyper_images.name(int(index)))
        return np.concatenate(described)

    def _check_lists(self) -> None:
        """Raise a ValueError if a parameter that is a list holds what it may not."""

    def _projected(self, hyper_images: Floats) -> Floats:
        """Components of hyper-images of one shape, (n, U, V, n_components)."""
        if self.pca_ is None:
            return hyper_images
        projected = self.pca_.transform(hyper_images.reshape(-1, hyper_images.shape[-1]))
        return projected.reshape(*hyper_images.shape[:3], -1)

    def _describe(self, hyper_images: Floats) -> Floats:
        """One row for each of projected hyper-images of one shape, (n, n_features_out)."""
        raise NotImplementedError

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _components(n_components: int, patches: Floats) -> PCA:
    """Principal components, given as arrays whatever scikit-learn is set to give."""
    return PCA(n_components, random_state=0).set_output(transform="default").fit(patches)


def _portions(hyper_images: Samples) -> list[Ints]:
    """Indices of hyper-images that are described at once."""
    indices = np.arange(len(hyper_images))
    shape = hyper_images.sample_shape
    n_each = 1 if shape is None else max(1, PORTION_FLOATS // int(np.prod(shape)))
    return np.split(indices, indices[n_each::n_each])


def _some_patches(hyper_images: Samples, rng: np.random.RandomState) -> Floats:
    """Descriptions of patches chosen at random, equally many of every hyper-image."""
    n_each = -(-N_PATCHES // len(hyper_images))
    chosen: list[Floats] = []
    for index in range(len(hyper_images)):
        hyper_image = hyper_images.item(index)
        patches = hyper_image.reshape(-1, hyper_image.shape[-1])
        chosen.append(patches[rng.permutation(len(patches))[:n_each]])
    return np.concatenate(chosen)
