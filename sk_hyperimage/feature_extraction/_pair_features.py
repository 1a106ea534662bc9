"""Base of features of pairs, of an image and its reference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.feature_extraction._base import ImageFeatures
from sk_hyperimage.images import Samples
from sk_hyperimage.images._errors import errors_named
from sk_hyperimage.utils._validation import check_images, n_dimensions


class PairFeatures(ImageFeatures):
    """Base of transformers that compute features of every pair as it is, in [0, 1]."""

    def _described(self, images: Samples) -> Iterator[tuple[str, Floats]]:
        """Name and features of one pair after the other, (1, n_features_out)."""
        for index in range(len(images)):
            pair, name = images.item(index), images.name(index)
            with errors_named(name):
                features = self._describe(pair)
            yield name, features[np.newaxis]

    def _checked(self, X: ImagesLike, *, reset: bool) -> Samples:
        """Validate the pairs."""
        pairs = check_images(X, self, reset=reset)
        if pairs.in_memory and n_dimensions(X) == 2:
            n_cols = -(-pairs.image_shape(0)[1] // 2)
            return pairs.map(pair_of_row, (1, n_cols), n_channels=2)
        if pairs.n_channels % 2:
            raise ValueError(
                f"X holds images of {pairs.n_channels} channel(s); {type(self).__name__} takes "
                f"pairs of an image and its reference, which have an even number: make them with "
                f"sk_hyperimage.images.pair_images"
            )
        return pairs


def pair_of_row(row: Floats) -> Floats:
    """The first and the second half of a row of pixels (1, n, 1), (1, ceil(n / 2), 2)."""
    n_cols = -(-row.shape[1] // 2)
    return np.concatenate([row[:, :n_cols], row[:, -n_cols:]], axis=2)
