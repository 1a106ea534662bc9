"""Full-reference scores of pairs as features: a full-reference model is a regressor on them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sk_hyperimage._typing import Floats
from sk_hyperimage.feature_extraction._pair_features import PairFeatures
from sk_hyperimage.images import Samples
from sk_hyperimage.metrics import FULL_REFERENCE

# In place of larger values: PSNR in dB is infinite for equal images.
LARGEST = 100.0


class FullReferenceScores(PairFeatures):
    """Describe every pair of an image and its reference by full-reference scores.

    X is pairs of images, which :func:`~sk_hyperimage.images.pair_images` makes: images of twice
    the channels. A regressor on the scores is a full-reference model of quality that learns how
    to weigh them, and clones and cross-validates as any other.

    Parameters
    ----------
    scores : sequence of str, default=("mdsi", "gmsd")
        Names of scores, as in ``metrics.FULL_REFERENCE``: ``"psnr"``, ``"ssim"``, ``"ms_ssim"``,
        ``"fsim"`` and ``"vif"``, of which higher is better, and ``"gmsd"``, of which lower is
        better; for color images also ``"fsimc"`` and ``"vsi"``, of which higher is better, and
        ``"mdsi"``, of which lower is better.

    Attributes
    ----------
    n_features_in_ : int
        Channels of a pair, twice those of an image; columns of a 2-D X.

    See Also
    --------
    sk_hyperimage.images.pair_images : Makes pairs of images and references, or of their files.
    sk_hyperimage.metrics.FullReference : A score, its map and which direction is better.

    Notes
    -----
    A PSNR above 100 dB, as the infinite one of equal images, is given as 100.

    Smallest images: 161 x 161 pixels for ``"ms_ssim"``, 41 x 41 for ``"vif"``, 11 x 11 for
    ``"ssim"``. Rows of a 2-D X are pairs of one-row images, cut in the middle; the middle one of
    an odd number of columns belongs to both.

    Examples
    --------
    >>> import numpy as np
    >>> from skimage.data import astronaut
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sklearn.svm import SVR
    >>> from sk_hyperimage.feature_extraction import FullReferenceScores
    >>> from sk_hyperimage.images import pair_images
    >>> damage = np.linspace(0, 1, 20)
    >>> references = np.repeat(astronaut()[None, ::8, ::8] / 255, 20, axis=0)
    >>> noise = np.random.default_rng(0).normal(scale=0.1, size=references.shape)
    >>> pairs = pair_images(references + damage[:, None, None, None] * noise, references)
    >>> model = make_pipeline(FullReferenceScores(), StandardScaler(), SVR())
    >>> model.fit(pairs[::2], damage[::2]).score(pairs[1::2], damage[1::2]) > 0.9
    True
    >>> model[0].get_feature_names_out()
    array(['mdsi', 'gmsd'], dtype=object)
    """

    _parameter_constraints: dict = {"scores": ["array-like"]}

    def __init__(self, scores: Sequence[str] = ("mdsi", "gmsd")):
        self.scores = scores

    def _learn(self, images: Samples) -> None:
        names = list(self.scores)
        if not names or not set(names) <= set(FULL_REFERENCE) or len(set(names)) < len(names):
            raise ValueError(
                f"scores must name one or more of {', '.join(FULL_REFERENCE)}, each once; got "
                f"{self.scores!r}"
            )
        of_color = [name for name in names if FULL_REFERENCE[name].color_only]
        if of_color and images.n_channels != 6:
            raise ValueError(
                f"scores holds {', '.join(map(repr, of_color))}, for RGB images only, but images "
                f"of X and their references have {images.n_channels // 2} channel(s)"
            )

    def _describe(self, pair: Floats) -> Floats:
        """Scores of a pair in [0, 1], (n_rows, n_cols, 2 * n_channels), as it is."""
        image, reference = np.split(pair, 2, axis=2)
        scores = [FULL_REFERENCE[name](reference, image, data_range=1.0) for name in self.scores]
        return np.minimum(scores, LARGEST)

    def _feature_names(self) -> list[str]:
        return list(self.scores)
