"""The registry of kinds of damage: a new kind is one row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.distortions._capture import (
    chain,
    color_cast,
    exposure,
    fast_fading,
    low_light_noise,
    motion_blur,
)
from sk_hyperimage.distortions._compression import jpeg, jpeg2000
from sk_hyperimage.distortions._operations import (
    blocks,
    blur,
    chroma_noise,
    contrast,
    impulse_noise,
    mean_shift,
    noise,
    pattern,
    pixelate,
)

Operation = Callable[[Floats, float, np.random.RandomState], Floats]
Strengths = tuple[float, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of damage or manipulation, with a strength for every level from 1 on.

    Parameters
    ----------
    operation : callable
        Takes an image of shape (n_rows, n_cols, 3) of floats in [0, 255], which it does not
        change, a strength and a RandomState; returns the damaged image, which may leave the range.
    strengths : tuple of numbers
        From faint to strong, for the whole image.
    strengths_in_regions : tuple of numbers, default=None
        For damage in regions, which must be visible there. None: as for the whole image.
    is_local : bool, default=False
        Whether the operation itself changes a few random parts of the image only.
    motion : callable, default=None
        For an operation that moves what an image shows, and may give another shape: takes a
        strength and returns the matrix of shape (2, 2) that brings offsets (rows, columns) from
        the center of the image to those from the center of the new one. None: nothing moves.
    reach : int, default=None
        How many rows or columns away a pixel may be that another one depends on, so that a part of
        an image can be damaged by itself. None: any number.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.distortions import KINDS
    >>> image = np.full((32, 32, 3), 100, dtype=np.uint8)
    >>> damaged = KINDS["mean shift"](image, 5, np.random.RandomState(0))
    >>> np.unique(damaged)
    array([40], dtype=uint8)
    """

    operation: Operation
    strengths: Strengths
    strengths_in_regions: Strengths | None = None
    is_local: bool = False
    motion: Callable[[float], Floats] | None = None
    reach: int | None = None

    def __call__(
        self,
        image: np.ndarray,
        level: int,
        rng: np.random.RandomState,
        *,
        in_regions: bool = False,
    ) -> np.ndarray:
        """Damage an image.

        Parameters
        ----------
        image : ndarray of shape (n_rows, n_cols, 3), uint8
            An image of at least 16 x 16 pixels.
        level : int
            From 1, faint, to ``len(strengths)``.
        rng : RandomState instance
            Source of randomness.
        in_regions : bool, default=False
            Whether to use the strength for regions. The whole image is damaged in either case.

        Returns
        -------
        damaged : ndarray of the shape of `image` unless there is a `motion`, uint8

        Raises
        ------
        ValueError
            If `image`, `level` or `rng` is anything else.
        """
        in_use = (self.strengths_in_regions if in_regions else None) or self.strengths
        if not (isinstance(level, Integral) and 1 <= level <= len(in_use)):
            raise ValueError(
                f"level must be a whole number from 1 to {len(in_use)}, got {level!r}"
            )
        return self.of_strength(image, in_use[level - 1], rng)

    def of_strength(
        self, image: np.ndarray, strength: float, rng: np.random.RandomState
    ) -> np.ndarray:
        """Damage an image by any strength, between those of the levels say; otherwise as a call.

        Examples
        --------
        >>> import numpy as np
        >>> from sk_hyperimage.distortions import KINDS
        >>> image = np.full((32, 32, 3), 100, dtype=np.uint8)
        >>> np.unique(KINDS["mean shift"].of_strength(image, 33.3, np.random.RandomState(0)))
        array([67], dtype=uint8)
        """
        if getattr(image, "dtype", None) != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(
                f"image must be an array of shape (n_rows, n_cols, 3), uint8; got "
                f"{getattr(image, 'dtype', type(image).__name__)} of shape {np.shape(image)}"
            )
        if not isinstance(rng, np.random.RandomState):
            raise ValueError(f"rng must be a numpy.random.RandomState, got {rng!r}")
        damaged = self.operation(image.astype(np.float64), strength, rng)
        return np.clip(np.rint(damaged), 0, 255).astype(np.uint8)

    def moved(
        self, place: ArrayLike, level: int, shape: tuple[int, ...], new_shape: tuple[int, ...]
    ) -> Floats:
        """Where a place of an image is found after the operation.

        Parameters
        ----------
        place : array-like of shape (2,)
            Row and column in the image.
        level : int
            From 1, faint, to ``len(strengths)``.
        shape, new_shape : tuple of int
            Rows and columns of the image before and after.

        Returns
        -------
        place : ndarray of shape (2,)
        """
        place = np.asarray(place, dtype=np.float64)
        if self.motion is None:
            return place
        center, new_center = ((np.array(sides[:2]) - 1) / 2 for sides in (shape, new_shape))
        return new_center + self.motion(self.strengths[level - 1]) @ (place - center)


# Noise of every kind on whole images has the PSNR of TID2013's levels, 33 to 21 dB. New rows go
# to the end: seeds depend on the order.
KINDS: dict[str, Kind] = {
    "additive noise": Kind(noise, (5.7, 8.1, 11.4, 16.1, 22.7), (8, 16, 26, 40, 56)),
    "chroma noise": Kind(chroma_noise, (5.2, 7.3, 10.3, 14.6, 20.6)),
    "impulse noise": Kind(
        impulse_noise,
        (0.0015, 0.003, 0.006, 0.012, 0.024),
        (0.01, 0.03, 0.06, 0.12, 0.2),
    ),
    "blur": Kind(blur, (0.7, 1.0, 1.4, 2.1, 3.2), (0.8, 1.4, 2.2, 3.4, 5.0)),
    "jpeg": Kind(jpeg, (50, 25, 13, 7, 4), (40, 22, 12, 7, 3)),
    "jpeg2000": Kind(jpeg2000, (12, 25, 50, 90, 150)),
    "pattern": Kind(pattern, (0.03, 0.06, 0.12, 0.22, 0.4), is_local=True),
    "blocks": Kind(blocks, (0.01, 0.03, 0.06, 0.12, 0.2), is_local=True),
    "mean shift": Kind(mean_shift, (12, 20, 30, 42, 60)),
    "contrast": Kind(contrast, (0.85, 0.7, 0.55, 0.4, 0.25), (0.75, 0.6, 0.45, 0.3, 0.15)),
    "pixelate": Kind(pixelate, (2, 3, 5, 8, 12)),
    "fast fading": Kind(fast_fading, (0.05, 0.1, 0.2, 0.35, 0.6)),
    "motion blur": Kind(motion_blur, (3, 5, 8, 13, 21)),
    "exposure": Kind(exposure, (0.3, 0.6, 1.0, 1.5, 2.2)),
    "low-light noise": Kind(low_light_noise, (2000, 700, 250, 90, 35)),
    "color cast": Kind(color_cast, (0.05, 0.1, 0.17, 0.27, 0.42)),
}
# Two one after the other, each at the level of the pair, as in LIVE MD (Jayaraman et al. 2012).
KINDS |= {
    f"blur, {second}": Kind(
        chain(*((KINDS[name].operation, KINDS[name].strengths) for name in ("blur", second))),
        (1, 2, 3, 4, 5),
    )
    for second in ("jpeg", "additive noise")
}
