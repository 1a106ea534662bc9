"""The step that turns photographs into hyper-images of a network trained along contours."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.utils import ClassifierTags, check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from sk_hyperimage.feature_extraction._patches import PatchExtractor
from sk_hyperimage.feature_extraction.supervision._contour_patches import cut_contour_patches
from sk_hyperimage.feature_extraction.supervision._contours import MAX_POINTS
from sk_hyperimage.feature_extraction.supervision._patch_stage import fit_on_patches, patches_of
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network import PatchRanker
from sk_hyperimage.neural_network._pairs import pair_codes
from sk_hyperimage.neural_network._ranker import check_two_classes
from sk_hyperimage.utils._interrupts import interrupts_raise
from sk_hyperimage.utils._sklearn import HasMethods, Interval, fit_or_restore, parts_in_a_row
from sk_hyperimage.utils._validation import check_images, check_labels


class ForgeryEncoder(MetaEstimatorMixin, TransformerMixin, BaseEstimator):
    """Train a ranker along the contours of forgeries, and describe every patch of images by it.

    `fit` needs more than images: of a tampered one its mask, and its authentic counterpart. Both
    travel beside X as metadata, so that cross-validation deals them out with the images, and the
    ranker is trained on pairs that lie in the training part. `transform` takes images alone.

    Parameters
    ----------
    ranker : PatchRanker, default=None
        The first stage; None for ``PatchRanker()``. Any predictor of labels with a method
        ``embed(patches)`` can take its place; `fit` is given ``pairs``, ``groups`` and
        ``validation_mask`` where it accepts them. A :class:`sklearn.frozen.FrozenEstimator` is
        used as it is.
    extractor : PatchExtractor, default=None
        The grid of the hyper-images and the size of patches; None for the paper's 15 x 15
        patches of 64 x 64 pixels.
    n_points : int, default=15
        Points along the contour of each tampered image; patches are centred on them.
    random_state : int, RandomState instance or None, default=None
        Seeds the choice of points, and the ranker where that has no seed of its own.

    Attributes
    ----------
    ranker_ : PatchRanker
        The fitted first stage.
    extractor_ : PatchExtractor
        The fitted extractor.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    contour_points : Points along a contour.
    sk_hyperimage.neural_network.CNNClassifier : Reads the hyper-images.
    sk_hyperimage.feature_extraction.HyperImageEncoder : The same where patches inherit y.

    Notes
    -----
    The patches of training pairs are held in memory: 1.5 MB a pair with the defaults.

    References
    ----------
    The hyper-image paper, "Image forgery classification", Experiment 2.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.feature_extraction import ForgeryEncoder
    >>> from sk_hyperimage.neural_network import PatchRanker
    >>> images = np.random.default_rng(0).random((12, 24, 24), dtype=np.float32)
    >>> masks = np.zeros((12, 24, 24), dtype=bool)
    >>> masks[6:, 8:16, 8:16] = True
    >>> images[6:] = np.where(masks[6:], 0.5, images[:6])
    >>> ranker = PatchRanker("C(4) MP(4) FC(6)", max_epochs=2)
    >>> encoder = ForgeryEncoder(ranker, PatchExtractor(8, grid_shape=(5, 5)), random_state=0)
    >>> pairs = np.tile(np.arange(6), 2)
    >>> encoder.fit(images, np.arange(12) >= 6, masks=masks, pairs=pairs).transform(images).shape
    (12, 5, 5, 6)
    """

    __metadata_request__fit = {
        "masks": True,
        "pairs": True,
        "groups": True,
        "validation_mask": True,
    }

    _parameter_constraints: dict = {
        "ranker": [HasMethods(["fit", "embed"]), None],
        "extractor": [HasMethods(["fit", "transform"]), None],
        "n_points": [Interval(Integral, 1, MAX_POINTS, closed="both")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        ranker: Any = None,
        extractor: Any = None,
        *,
        n_points: int = 15,
        random_state: Any = None,
    ):
        self.ranker = ranker
        self.extractor = extractor
        self.n_points = n_points
        self.random_state = random_state

    @fit_or_restore(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: Any,
        y: Any,
        masks: Any = None,
        pairs: Any = None,
        groups: Any = None,
        validation_mask: Any = None,
    ) -> ForgeryEncoder:
        """Train the ranker.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
        y : array-like of shape (n_images,)
            Two labels; the greater one, 1 or True, is that of tampered images.
        masks : array-like of shape (n_images, n_rows, n_cols), or sequence of n_images masks, \
file paths or None, default=None
            Nonzero where an image is tampered. Only masks of tampered images are looked at; one
            that is None or zero everywhere leaves its image out.
        pairs : array-like of shape (n_images,), default=None
            The same id for an authentic image and the tampered ones made of it, which are of its
            size. Images without counterpart in X take no part in training the ranker. Without
            `masks` and `pairs`, all patches of the grid inherit the label of their image and are
            compared at random.
        groups : array-like of shape (n_images,), default=None
            Source of each image; validation patches never share one with the others. None: those
            of `pairs`.
        validation_mask : array-like of bool of shape (n_images,), default=None
            True for the images to validate on, in place of a random choice.

        Returns
        -------
        self : ForgeryEncoder

        Raises
        ------
        ValueError
            If only one of `masks` and `pairs` is given, if there is no pair to train on, if a
            pair or a mask differs in size; the message names the image.
        """
        images = check_images(X, self, reset=True)
        classes, codes = check_labels(y, images, self)
        check_two_classes(classes)
        if (masks is None) != (pairs is None):
            raise ValueError(
                "masks and pairs go together: contours come from masks, and the counterpart of a "
                "patch from pairs; give both or neither"
            )
        random_state = check_random_state(self.random_state)
        extractor = clone(self._parts()["extractor"]).fit(images)
        ranker = clone(self._parts()["ranker"])
        if self.random_state is not None and ranker.get_params().get("random_state", 0) is None:
            ranker.set_params(random_state=int(random_state.randint(np.iinfo(np.int32).max)))
        if masks is None:
            self.ranker_ = fit_on_patches(
                ranker,
                extractor.transform(images),
                codes,
                groups=groups,
                validation_mask=validation_mask,
            )
        else:
            check_consistent_length(images, masks, pairs, groups, validation_mask)
            self.ranker_ = self._fit_on_contours(
                ranker,
                images,
                codes == 1,
                list(masks),  # a pandas Series would look for labels
                pair_codes(pairs),
                groups,
                validation_mask,
                patch_size=_side(extractor.grid_.patch_shape),
                random_state=random_state,
            )
        self.extractor_ = extractor
        return self

    def _fit_on_contours(
        self,
        ranker: Any,
        images: Samples,
        tampered: np.ndarray,
        masks: list[Any],
        pairs: np.ndarray,
        groups: Any,
        validation_mask: Any,
        *,
        patch_size: int,
        random_state: np.random.RandomState,
    ) -> Any:
        """Fit the ranker on patches, which inherit what belongs to their image."""
        cut = cut_contour_patches(
            images,
            tampered,
            masks,
            pairs,
            n_points=self.n_points,
            patch_size=patch_size,
            random_state=random_state,
        )
        metadata = {"pairs": cut.pairs}
        metadata["groups"] = np.asarray(pairs if groups is None else groups)[cut.owners]
        if validation_mask is not None:
            metadata["validation_mask"] = np.asarray(validation_mask)[cut.owners]
        accepted = {name: v for name, v in metadata.items() if has_fit_parameter(ranker, name)}
        return ranker.fit(cut.patches, cut.tampered, **accepted)

    def transform(self, X: Any) -> np.ndarray:
        """Describe every patch of the grid.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths

        Returns
        -------
        hyper_images : ndarray of shape (n_images, U, V, D)
            float32; float64 for float64 images.
        """
        check_is_fitted(self)
        grids = self.extractor_.transform(check_images(X, self, reset=False))
        return self.ranker_.embed(patches_of(grids)).reshape(*grids.shape[:3], -1)

    def fit_transform(
        self,
        X: Any,
        y: Any = None,
        masks: Any = None,
        pairs: Any = None,
        groups: Any = None,
        validation_mask: Any = None,
    ) -> np.ndarray:
        """Train the ranker and describe the same images; parameters as in `fit`.

        Returns
        -------
        hyper_images : ndarray of shape (n_images, U, V, D)
            float32; float64 for float64 images.
        """
        with interrupts_raise():  # what comes next would learn from half-trained descriptions
            self.fit(X, y, masks, pairs, groups, validation_mask)
        return self.transform(X)

    def _parts(self) -> dict[str, Any]:
        """The parts that `fit` clones."""
        return {
            "extractor": self.extractor or PatchExtractor(64, grid_shape=(15, 15)),
            "ranker": self.ranker or PatchRanker(),
        }

    def _sk_visual_block_(self):
        """Both parts in a row, fitted or as `fit` will take them."""
        if hasattr(self, "ranker_"):
            return parts_in_a_row(extractor=self.extractor_, ranker=self.ranker_)
        return parts_in_a_row(**self._parts())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.classifier_tags = ClassifierTags(multi_class=False)
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        tags.input_tags.three_d_array = True
        return tags


def _side(patch_shape: tuple[int, int]) -> int:
    """Length of the sides of square patches."""
    rows, cols = patch_shape
    if rows != cols:
        raise ValueError(f"patches along contours are square, but extractor cuts {rows} x {cols}")
    return rows
