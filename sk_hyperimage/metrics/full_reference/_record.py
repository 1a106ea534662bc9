"""All full-reference scores by name, each with what a loop over them has to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.metrics.full_reference._fsim import fsim, fsimc
from sk_hyperimage.metrics.full_reference._gmsd import gmsd
from sk_hyperimage.metrics.full_reference._mdsi import mdsi
from sk_hyperimage.metrics.full_reference._ms_ssim import ms_ssim
from sk_hyperimage.metrics.full_reference._psnr import psnr
from sk_hyperimage.metrics.full_reference._ssim import ssim
from sk_hyperimage.metrics.full_reference._vif import vif
from sk_hyperimage.metrics.full_reference._vsi import vsi


@dataclass(frozen=True)
class FullReference:
    """A score of an image against its pristine reference, and what its values mean.

    Parameters
    ----------
    function : callable
        Takes a reference and an image, and the keywords `data_range` and `full`.
    higher_is_better : bool, default=True
        Whether a higher score means an image closer to its reference.
    best : float, default=1.0
        Score of an image equal to its reference.
    color_only : bool, default=False
        Whether it takes RGB images only, no gray ones.
    map_higher_is_better : bool, default=True
        The same of its map, which need not be that of the score: GMSD is the deviation of a map
        of similarity.

    See Also
    --------
    sk_hyperimage.feature_extraction.FullReferenceScores : Scores of pairs, as a transformer.

    Examples
    --------
    ``FULL_REFERENCE`` has all of them:

    >>> import numpy as np
    >>> from sk_hyperimage.metrics import FULL_REFERENCE
    >>> list(FULL_REFERENCE)
    ['psnr', 'ssim', 'ms_ssim', 'fsim', 'fsimc', 'vsi', 'gmsd', 'mdsi', 'vif']
    >>> gmsd = FULL_REFERENCE["gmsd"]
    >>> gmsd.higher_is_better, gmsd.map_higher_is_better
    (False, True)
    >>> pristine = np.random.default_rng(0).random((32, 32))
    >>> gmsd(pristine, pristine)
    0.0
    >>> gmsd.pixel_map(pristine, pristine).shape
    (32, 32)
    """

    function: Callable[..., Any]
    higher_is_better: bool = True
    best: float = 1.0
    color_only: bool = False
    map_higher_is_better: bool = True

    def __call__(
        self,
        reference: ArrayLike,
        image: ArrayLike,
        *,
        data_range: float | None = None,
        full: bool = False,
    ) -> Any:
        """Compute the score, and its map if `full` is True.

        Parameters
        ----------
        reference, image : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_channels)
            Images of one shape.
        data_range : float, default=None
            Largest minus smallest possible value. None: the largest value of unsigned integers,
            as 255 of 8-bit images, and 1 for floats.
        full : bool, default=False
            Whether to return the map as well.

        Returns
        -------
        score : float
        map : ndarray, if `full` is True
            As the function says.
        """
        return self.function(reference, image, data_range=data_range, full=full)

    def pixel_map(
        self, reference: ArrayLike, image: ArrayLike, *, data_range: float | None = None
    ) -> Floats:
        """Compute the map, with as many rows and columns as the image.

        Parameters
        ----------
        reference, image, data_range
            As for a score.

        Returns
        -------
        map : ndarray of shape (n_rows, n_cols)
            Values of smaller maps stand for several pixels.
        """
        _, values = self(reference, image, data_range=data_range, full=True)
        rows, cols = (
            np.arange(n) // -(-n // n_of_map)
            for n, n_of_map in zip(np.shape(reference)[:2], values.shape, strict=True)
        )
        return values[rows[:, np.newaxis], cols]


FULL_REFERENCE = {
    "psnr": FullReference(psnr, best=np.inf, map_higher_is_better=False),
    "ssim": FullReference(ssim),
    "ms_ssim": FullReference(ms_ssim),
    "fsim": FullReference(fsim),
    "fsimc": FullReference(fsimc, color_only=True),
    "vsi": FullReference(vsi, color_only=True),
    "gmsd": FullReference(gmsd, higher_is_better=False, best=0.0),
    "mdsi": FullReference(mdsi, higher_is_better=False, best=0.0, color_only=True),
    "vif": FullReference(vif),
}
