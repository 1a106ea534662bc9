"""The step that lays a grid of patches over every image (Eq. 2 of the hyper-image paper)."""

from __future__ import annotations

import math
import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import ImagesLike, Ints
from sk_hyperimage.images import Grid, PatchGrids, Samples
from sk_hyperimage.images._grid import n_patches_along
from sk_hyperimage.utils._sklearn import Interval, StrOptions, fit_or_restore
from sk_hyperimage.utils._validation import check_images, check_pair, warn_if_gray_levels

# Most patches of one image: one at every pixel of a photograph of ten megapixels.
MAX_PATCHES = 10_000_000
# A grid larger than so many times that of most images is probably due to an outlier.
MOST_TIMES_ITS_OWN = 4
# Scale that costs images little enough not to be warned of: splits of mixed sizes often need it.
HARMLESS_SCALE = 1.25
# What else can be done with images that are larger than those of `fit`.
OTHER_WAYS = "TiledRegressor and TiledClassifier predict large images at their own resolution"


class PatchExtractor(TransformerMixin, BaseEstimator):
    """Lay the same number of patches over every image, whatever its size.

    The number of patches along each axis follows from the largest image seen in `fit`; every
    image then gets a stride of its own (Eq. 2 of the hyper-image paper). Images larger than those
    seen in `fit` are scaled down isotropically first, with a warning, or refused. No patch leaves
    its image, and the patches of the border touch the border.

    Parameters
    ----------
    patch_size : int or tuple of int, default=32
        Rows and columns of a patch in pixels; an int for square patches.
    overlap : float in [0, 1), default=0.5
        Share of a patch's length that neighbors have in common in the largest image.
    grid_shape : tuple of int, default=None
        (U, V), patches along rows and columns. None: follows from `overlap`.
    max_image_size : int or tuple of int, default=None
        Most rows and columns of an image; larger images are scaled down isotropically, in `fit`
        too, so that a single panorama does not enlarge the grid of all images. None: those of the
        largest image seen in `fit`.
    larger_images : {"scale", "error"}, default="scale"
        What becomes of larger images than that. "scale": they are scaled down, with a warning in
        `transform` if it is by more than a quarter and `max_image_size` does not ask for it.
        "error": they are refused by name.

    Attributes
    ----------
    grid_ : Grid
        Patch shape, grid shape and the largest image shape.
    n_features_in_ : int
        Channels of the images (columns of a 2-D X).

    See Also
    --------
    HyperImageEncoder : Describes every patch and tiles the descriptions.
    sk_hyperimage.ensemble.TiledRegressor : Large images at their own resolution.
    sklearn.feature_extraction.image.PatchExtractor : Random patches, in one row.

    References
    ----------
    The hyper-image paper, section "Testing", Eq. 2. Its grids are those of ``overlap=0``
    (LIVE, 24 x 23), ``overlap=0.5`` (TID2013, 23 x 31) and ``overlap=2/3`` (synthetic, 10 x 10).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> images = np.zeros((4, 384, 512, 3), dtype=np.uint8)
    >>> PatchExtractor(patch_size=32, overlap=0.5).fit_transform(images).shape
    (4, 23, 31, 32, 32, 3)
    """

    _parameter_constraints: dict = {
        "patch_size": [Interval(Integral, 1, None, closed="left"), tuple],
        "overlap": [Interval(Real, 0, 1, closed="left")],
        "grid_shape": [tuple, None],
        "max_image_size": [Interval(Integral, 1, None, closed="left"), tuple, None],
        "larger_images": [StrOptions({"scale", "error"})],
    }

    def __init__(
        self,
        patch_size: int | tuple[int, int] = 32,
        overlap: float = 0.5,
        grid_shape: tuple[int, int] | None = None,
        max_image_size: int | tuple[int, int] | None = None,
        larger_images: str = "scale",
    ):
        self.patch_size = patch_size
        self.overlap = overlap
        self.grid_shape = grid_shape
        self.max_image_size = max_image_size
        self.larger_images = larger_images

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(self, X: ImagesLike, y: object = None) -> PatchExtractor:
        """Find the largest image and fix the grid.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
            Only the headers of files are read.
        y : None
            Ignored.

        Returns
        -------
        self : PatchExtractor

        Raises
        ------
        ValueError
            If an image is smaller than a patch, or larger than allowed; the message names it. If
            the grid would have more than ten million patches.

        Warns
        -----
        UserWarning
            If a few large images give all others a grid of several times their own patches; the
            message names them.
        """
        images = check_images(X, self, reset=True)
        patch_shape = check_pair(self.patch_size, "patch_size")
        shapes = _image_shapes(images)
        max_shape = shapes.max(axis=0)
        if self.max_image_size is not None:
            max_shape = np.minimum(max_shape, check_pair(self.max_image_size, "max_image_size"))
        if self.grid_shape is None:
            grid_shape = self._patches_along(max_shape, patch_shape)
            self._warn_of_outliers(images, shapes, grid_shape, patch_shape)
        else:
            grid_shape = check_pair(self.grid_shape, "grid_shape")
        if math.prod(grid_shape) > MAX_PATCHES:
            largest = int(shapes.prod(axis=1).argmax())
            raise ValueError(
                f"a grid of {grid_shape[0]} x {grid_shape[1]} patches, as {images.name(largest)} "
                f"of {shapes[largest][0]} x {shapes[largest][1]} pixels would get it, is larger "
                f"than the {MAX_PATCHES} that an image may have (MAX_PATCHES in {__name__}); "
                f"choose a smaller overlap or grid_shape, or a larger patch_size"
            )
        grid = Grid(patch_shape, grid_shape, tuple(max_shape.tolist()))
        _check_large_enough(images, shapes, grid)
        if self.larger_images == "error":
            _refuse_larger(images, shapes, grid)
        self.grid_ = grid
        return self

    def _patches_along(self, shape: Ints, patch_shape: tuple[int, int]) -> tuple[int, int]:
        """(U, V) if an image of this shape were the only one."""
        rows, cols = (
            max(1, n_patches_along(int(size), patch, self.overlap))
            for size, patch in zip(shape, patch_shape, strict=True)
        )
        return rows, cols

    def _warn_of_outliers(
        self,
        images: Samples,
        shapes: Ints,
        grid_shape: tuple[int, int],
        patch_shape: tuple[int, int],
    ) -> None:
        own = np.median([math.prod(self._patches_along(s, patch_shape)) for s in shapes])
        if math.prod(grid_shape) > MOST_TIMES_ITS_OWN * own:
            largest = [images.name(int(index)) for index in np.unique(shapes.argmax(axis=0))]
            warnings.warn(
                f"every image gets a grid of {grid_shape[0]} x {grid_shape[1]} patches, because "
                f"of the size of {' and '.join(largest)}; half of the images would by themselves "
                f"have {own:.0f} patches or fewer. Leave such images out, or set max_image_size",
                stacklevel=4,
            )

    def transform(self, X: ImagesLike) -> PatchGrids:
        """Lay the grid over images.

        Parameters
        ----------
        X
            As in :meth:`fit`.

        Returns
        -------
        grids : PatchGrids of shape (n_images, U, V, patch rows, patch columns, n_channels)
            A view: patches are cut on demand.

        Raises
        ------
        ValueError
            If an image is smaller than a patch, or larger than allowed; the message names it.

        Warns
        -----
        UserWarning
            If images are scaled down by more than a quarter and `max_image_size` does not ask for
            it; the message names the one that is scaled most, with the factor.
        """
        check_is_fitted(self)
        images = check_images(X, self, reset=False)
        warn_if_gray_levels(X)
        shapes = _image_shapes(images)
        _check_large_enough(images, shapes, self.grid_)
        if self.larger_images == "error":
            _refuse_larger(images, shapes, self.grid_)
        elif self.max_image_size is None:
            _warn_of_larger(images, shapes, self.grid_)
        return PatchGrids(images, self.grid_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _image_shapes(images: Samples) -> Ints:
    """Rows and columns of all images, (n_images, 2), or of their one shape, (1, 2)."""
    if images.in_memory and images.sample_shape is not None:
        return np.array([images.sample_shape[:2]])
    return images.image_shapes[:, :2]


def _check_large_enough(images: Samples, shapes: Ints, grid: Grid) -> None:
    for index, shape in enumerate(shapes):
        grid.scaled_shape((int(shape[0]), int(shape[1])), images.name(index))


def _refuse_larger(images: Samples, shapes: Ints, grid: Grid) -> None:
    larger = np.flatnonzero((shapes > grid.max_shape).any(axis=1))
    if len(larger):
        rows, cols = shapes[larger[0]]
        raise ValueError(
            f"{images.name(int(larger[0]))} of {rows} x {cols} pixels is larger than "
            f"{grid.max_shape[0]} x {grid.max_shape[1]}, which larger_images='error' refuses; "
            f"{OTHER_WAYS}, or set larger_images='scale'"
        )


def _warn_of_larger(images: Samples, shapes: Ints, grid: Grid) -> None:
    factors = (shapes / grid.max_shape).max(axis=1)
    if factors.max() > HARMLESS_SCALE:
        index = int(factors.argmax())
        n_larger = len(images) if len(shapes) == 1 else int((factors > HARMLESS_SCALE).sum())
        others = f", and {n_larger - 1} more, are" if n_larger > 1 else " is"
        warnings.warn(
            f"{images.name(index)} of {shapes[index][0]} x {shapes[index][1]} pixels{others} "
            f"scaled down, {factors[index]:.3g} times, because the largest image of fit had "
            f"{grid.max_shape[0]} x {grid.max_shape[1]}; small damage may vanish. {OTHER_WAYS}. "
            f"To scale without this warning, set max_image_size",
            stacklevel=3,
        )
