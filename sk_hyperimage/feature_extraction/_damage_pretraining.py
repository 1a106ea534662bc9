"""A first stage that learns from photographs alone, damaged on purpose, and needs no scores."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.utils import check_random_state

from sk_hyperimage._typing import Seed
from sk_hyperimage.datasets import make_local_damage
from sk_hyperimage.feature_extraction._codebook_stage import (
    codebook_network,
    normalizer_ahead_of,
)
from sk_hyperimage.feature_extraction._encoder import HyperImageEncoder
from sk_hyperimage.feature_extraction._patches import PatchExtractor
from sk_hyperimage.feature_extraction.supervision._patch_selection import patch_ssim
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.utils._sklearn import HasMethods, Interval, validate_params


@validate_params(
    {
        "photographs": ["array-like"],
        "patch_estimator": [HasMethods(["fit", "embed"]), None],
        "normalizer": [HasMethods(["fit", "transform"]), None],
        "extractor": [HasMethods(["fit", "transform"]), None],
        "n_per_photograph": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def pretrain_on_damage(
    photographs: ArrayLike,
    patch_estimator: Any = None,
    *,
    normalizer: Any = None,
    extractor: Any = None,
    n_per_photograph: int = 4,
    random_state: Seed = None,
) -> FrozenEstimator:
    """Train a first stage on photographs that are damaged in random regions, without any scores.

    Regions of the photographs are damaged as by :func:`~sk_hyperimage.datasets.make_local_damage`,
    and a network learns how similar a patch is to what it was. Of that there is as much to learn
    from as there are photographs, so that scores, which are dear, are left to the second stage.

    Parameters
    ----------
    photographs : array-like of shape (n_photographs, n_rows, n_cols, 3), uint8
        Photographs of one size that nobody has rated, with little damage of their own.
    patch_estimator : CNNRegressor, default=None
        Cloned. None: for patches of 32 x 32, two dense layers on the descriptions of the default
        first stage of :class:`~sk_hyperimage.ensemble.HyperImageRegressor`, twelve epochs long.
    normalizer, extractor : transformer, default=None
        Cloned. They must be those of the model that the first stage is for, and None is what it is
        there: for the default network ``LuminanceAndContrast()``, for others
        ``LocalContrastNormalizer()``, and ``PatchExtractor()``.
    n_per_photograph : int, default=4
        Damaged images of each photograph.
    random_state : int, RandomState instance or None, default=None
        Seed of the damage and of training.

    Returns
    -------
    first_stage : FrozenEstimator
        The fitted network, which models keep as it is: a ``patch_estimator``. It predicts the
        structural similarity (SSIM) of a patch to its pristine state: at most about 1, higher is
        better. With ``layer=-1`` this number describes a patch, which is best for few scores.

    Raises
    ------
    ValueError
        If `photographs` is not such an array.

    See Also
    --------
    patch_ssim : The targets, for images whose references are known.
    sk_hyperimage.datasets.make_local_damage : The damage.

    References
    ----------
    J. Kim and S. Lee, "Fully deep blind image quality predictor", 2017, for full-reference scores
    of patches as the targets of a first stage.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.datasets import load_sample_photos
    >>> from sk_hyperimage.ensemble import HyperImageRegressor
    >>> from sk_hyperimage.feature_extraction import pretrain_on_damage
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> photographs = load_sample_photos(64).images[:6]
    >>> small = CNNRegressor("C(4,7,1,linear,valid) MinMaxPool(26) FC(1,linear)", max_epochs=1)
    >>> first_stage = pretrain_on_damage(photographs, small, random_state=0)
    >>> model = HyperImageRegressor(patch_estimator=first_stage, layer=-1, random_state=0)
    >>> model.fit(photographs, np.arange(6)).predict(photographs).shape
    (6,)
    """
    rng = check_random_state(random_state)
    seed = int(rng.randint(np.iinfo(np.int32).max))
    data = make_local_damage(photographs, n_per_reference=n_per_photograph, random_state=seed)
    extractor = PatchExtractor() if extractor is None else extractor
    normalizer = normalizer_ahead_of(patch_estimator) if normalizer is None else normalizer
    pristine = [np.asarray(photographs)[index] for index in data.groups]
    targets = patch_ssim(data.images, pristine, extractor=extractor)
    normalized = clone(normalizer).fit(data.images).transform(data.images)
    encoder = HyperImageEncoder(
        _network() if patch_estimator is None else patch_estimator, random_state=seed
    )
    grids = clone(extractor).fit(normalized).transform(normalized)
    encoder.fit(grids, data.target, patch_targets=targets, groups=data.groups)
    return FrozenEstimator(encoder.patch_estimator_)


def _network() -> CNNRegressor:
    head = "FC(256) Drop(0.5) FC(1,linear)"
    return codebook_network(
        CNNRegressor, head, learning_rate_init=1e-3, max_epochs=12, higher_is_better=True
    )
