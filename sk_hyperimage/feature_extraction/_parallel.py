"""Base of features that take long: images are described by several processes."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils import gen_batches
from sklearn.utils.parallel import Parallel, delayed

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._base import ImageFeatures
from sk_hyperimage.images import Samples
from sk_hyperimage.images._gray import gray_levels

# Images that are read before they are described.
IMAGES_PER_JOB = 4


class ParallelImageFeatures(ImageFeatures):
    """Base of features of which `n_jobs` images are described at a time."""

    _parameter_constraints: dict = {"n_jobs": [Integral, None]}

    def __init__(self, *, n_jobs: int | None = None):
        self.n_jobs = n_jobs

    def _read(self, image: np.ndarray) -> Floats:
        """What `_describe` takes, from an image (n_rows, n_cols, n_channels) in [0, 1]."""
        return gray_levels(image)

    def _described(self, images: Samples) -> Iterator[tuple[str, Floats]]:
        n_at_a_time = IMAGES_PER_JOB * effective_n_jobs(self.n_jobs)
        with Parallel(n_jobs=self.n_jobs) as parallel:
            for part in gen_batches(len(images), n_at_a_time):
                indices = range(len(images))[part]
                # Read here: errors then name the image, and no process is sent them all.
                read = [self._read(images.item(index)) for index in indices]
                features = parallel(delayed(self._describe)(of_image) for of_image in read)
                for index, described in zip(indices, features, strict=True):
                    yield images.name(index), described[np.newaxis]
