"""A detector of regions in images."""

from __future__ import annotations

from copy import deepcopy
from numbers import Integral, Real
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.metadata_routing import UNUSED

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.images import Samples
from sk_hyperimage.metrics import mean_average_precision
from sk_hyperimage.neural_network._base import BaseCNN
from sk_hyperimage.neural_network._own_modules import check_module
from sk_hyperimage.neural_network.detection import (
    KIND,
    Boxes,
    DetectionArchitecture,
    RegionNet,
    RegionNetwork,
)
from sk_hyperimage.neural_network.layers import make_module
from sk_hyperimage.neural_network.training._device_patches import as_tensor
from sk_hyperimage.neural_network.training._prediction import check_finite
from sk_hyperimage.utils._boxes import check_boxes, is_box
from sk_hyperimage.utils._sklearn import Interval
from sk_hyperimage.utils._validation import check_images


class Findings(NamedTuple):
    """What one pass of a detector finds in images.

    Attributes
    ----------
    boxes : ndarray of shape (n_images, max_detections, 6)
        As of :meth:`RegionDetector.predict`.
    shares : ndarray of shape (n_images, n_kinds + 1)
        Share of the area of every kind, in the order of `classes_`, and of none.
    """

    boxes: Floats
    shares: Floats


class RegionDetector(BaseCNN):
    """Convolutional network that finds damaged regions: what kind of damage, and where.

    y holds the regions of every image as boxes in one array of floats; so images, y and groups are
    split, cross-validated and searched over as with any other estimator.

    Parameters
    ----------
    layers : RegionNetwork, SSD300, str or None, default=None
        The network. A string is the trunk of a :class:`RegionNetwork` without context and head;
        None is ``RegionNetwork()``, which trains on a processor.
    max_detections : int, default=100
        Boxes found in an image at most.
    score_threshold : float in [0, 1], default=0.05
        Boxes of a lower score are left out. Low ones cost little in average precision and are
        needed for it; to act on boxes, choose among the scores of `predict`.
    solver : {"adam", "sgd"}, default="adam"
    learning_rate : {"cosine", "constant", "adaptive"}, default="cosine"
    learning_rate_init : float, default=0.002
    batch_size : int, default=4
    max_epochs : int, default=12
    early_stopping : bool, default=False
        As of :class:`CNNRegressor`; with "cosine" the last weights are the best, as a rule.
    augmentation : {"horizontal", "flips", "symmetries"} or None, default="flips"
        Random symmetries of images in training; boxes move along.
    initial_weights, momentum, nesterovs_momentum, decay, alpha, validation_fraction, \
n_iter_no_change, precision, device, callbacks, random_state, verbose, warm_start
        As in :class:`CNNRegressor`.

    Attributes
    ----------
    classes_ : ndarray of int of shape (n_kinds,)
        Labels of the boxes seen in `fit`, sorted.
    net_, weights_, history_, n_iter_, input_shape_, n_features_in_
        As in :class:`CNNRegressor`.

    See Also
    --------
    RegionNetwork : The light network.
    SSD300 : The network of the paper.
    sk_hyperimage.metrics.mean_average_precision : Its score.

    Notes
    -----
    Images are not to be scaled down first, since scaling removes the noise that is looked for.
    A RegionNetwork predicts on images of any size, those of one call alike; SSD300 on 300 x 300.

    References
    ----------
    N. Ahn, B. Kang and K.-A. Sohn, "Image distortion detection using convolutional neural
    network", ACPR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.neural_network import RegionDetector
    >>> rng = np.random.default_rng(0)
    >>> images = rng.integers(100, 110, (8, 32, 32), dtype=np.uint8)
    >>> y = np.full((8, 1, 5), np.nan)
    >>> for image, boxes in zip(images[:6], y):
    ...     image[8:24, 4:20] = rng.integers(0, 256, (16, 16))
    ...     boxes[0] = 8, 4, 24, 20, 3
    >>> model = RegionDetector("C(8,3,2) C(8,3,2)", max_epochs=2, random_state=0)
    >>> model.fit(images, y).predict(images).shape
    (8, 100, 6)
    """

    # Parameters of other networks that a detector leaves out.
    batch_by = "sample"
    compile = False

    max_detections: int
    score_threshold: float
    classes_: np.ndarray

    __metadata_request__score = {"sample_weight": UNUSED}

    _parameter_constraints: dict = {
        **{
            key: kinds
            for key, kinds in BaseCNN._parameter_constraints.items()
            if key not in ("batch_by", "compile")
        },
        "max_detections": [Interval(Integral, 1, None, closed="left")],
        "score_threshold": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        layers=None,
        *,
        max_detections=100,
        score_threshold=0.05,
        initial_weights=None,
        solver="adam",
        learning_rate="cosine",
        learning_rate_init=0.002,
        momentum=0.9,
        nesterovs_momentum=True,
        decay=0.0,
        alpha=0.0,
        batch_size=4,
        max_epochs=12,
        early_stopping=False,
        validation_fraction=0.25,
        n_iter_no_change="auto",
        augmentation="flips",
        precision="full",
        device="auto",
        callbacks=None,
        random_state=None,
        verbose=0,
        warm_start=False,
    ):
        self._store(locals())

    def fit(
        self,
        X: ImagesLike,
        y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        validation_mask: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features)
            Images of one size; rows of a 2-D X are one-row images.
        y : array-like of shape (n_images, max_boxes, 5) or (n_images,), or list of dict
            Boxes ``row0, col0, row1, col1, label`` in pixels, half-open, the label a whole number.
            Rows of NaN are no boxes; images without boxes are intact. Or a dict of "boxes" and
            "labels" for every image; or one label for each, of all of it.
        sample_weight : array-like of shape (n_images,), default=None
            Non-negative weights of the images in the loss.
        groups : array-like of shape (n_images,), default=None
            Reference of each image; the validation images never share one with the others.
        validation_mask : array-like of bool of shape (n_images,), default=None
            True for the images to validate on, in place of a random choice.

        Returns
        -------
        self : RegionDetector

        Raises
        ------
        ValueError
            If images differ in size, if a box is not inside its image, has no area or no whole
            number as label, if there is no box at all, and as :meth:`CNNRegressor.fit`.
        """
        return super().fit(
            X,
            y,
            sample_weight=sample_weight,
            groups=groups,
            validation_mask=validation_mask,
        )

    def predict(self, X: ImagesLike) -> Floats:
        """Find boxes.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features)

        Returns
        -------
        boxes : ndarray of shape (n_images, max_detections, 6)
            Rows ``row0, col0, row1, col1, label, score``, the highest score first, then rows of
            NaN. Scores are in [0, 1].
        """
        return self.predict_both(X, shares=False).boxes

    def predict_both(self, X: ImagesLike, *, shares: bool = True) -> Findings:
        """Find boxes, and tell what the whole image is like, in one pass.

        The kind of an image that has one all over is the one of the greatest share:
        ``model.classes_[shares[:, :-1].argmax(axis=1)]``.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features)
        shares : bool, default=True
            Whether to give `shares`, which are empty otherwise.

        Returns
        -------
        findings : Findings
            A tuple of `boxes`, (n_images, max_detections, 6), as of `predict`, and `shares`,
            (n_images, n_kinds + 1): of the image's area that has each kind, in the order of
            `classes_`, and none. Rows sum to one.

        Raises
        ------
        ValueError
            If the network finds boxes only, as SSD300 does.
        """
        size = self.max_detections * 6

        def find(module: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
            outputs = module(batch)
            found = [torch.from_numpy(self._decoded(outputs, batch.shape[1:3])).to(outputs)]
            if shares:
                found.append(self._task.kind_maps(outputs).mean(dim=(1, 2)))
            return torch.cat([part.flatten(1) for part in found], dim=1)

        found = self._forward(X, find).astype(np.float64)
        boxes = found[:, :size].reshape(len(found), self.max_detections, 6)
        boxes[boxes[..., -1] < 0] = np.nan
        boxes[..., KIND] = self._labels(boxes[..., KIND])
        return Findings(boxes, found[:, size:])

    def predict_maps(self, X: ImagesLike) -> Floats:
        """Probabilities of the kinds in every cell of the network's map.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features)

        Returns
        -------
        maps : ndarray of shape (n_images, n_map_rows, n_map_cols, n_kinds + 1)
            Of a kind in the order of `classes_`, and of none as the last; they sum to one. Cells
            are of 8 x 8 pixels with the default network, the first at the image's upper left
            corner, and the last ones may reach beyond it.

        Raises
        ------
        ValueError
            If the network finds boxes only, as SSD300 does.
        """
        return self._forward(X, lambda module, batch: self._task.kind_maps(module(batch)))

    def score(self, X: ImagesLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Mean average precision at an intersection over union of 0.5.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or \
(n_images, n_features)
        y : array-like of shape (n_images, max_boxes, 5) or (n_images,), or list of dict
            True boxes, as in `fit`.
        sample_weight : None
            Images count alike.

        Returns
        -------
        score : float in [0, 1]
            Higher is better. The average is that of PASCAL VOC from 2010 on, which needs no
            further package; :func:`~sk_hyperimage.metrics.detection_scorers` are COCO's.
        """
        found = self.predict(X)
        boxes = check_boxes(y, check_images(X, self, reset=False))
        return float(mean_average_precision(boxes, found, interpolation="all"))

    def _decoded(self, outputs: torch.Tensor, sides: tuple[int, ...]) -> Floats:
        """Boxes inside images of some rows and columns, others of -1."""
        given = outputs.float() if outputs.dtype == torch.bfloat16 else outputs
        name = type(self).__name__
        found = self._task.decode(check_finite(given.cpu().numpy(), name))
        found[..., :4] = found[..., :4].clip(0, np.tile(sides, 2))
        outside = (found[..., 2] <= found[..., 0]) | (found[..., 3] <= found[..., 1])
        found[outside] = np.nan
        last = np.argsort(np.isnan(found[..., -1]), axis=1, kind="stable")
        found = np.take_along_axis(found, last[..., np.newaxis], axis=1)
        return np.nan_to_num(found, nan=-1.0)

    def _labels(self, codes: Floats) -> Floats:
        """Labels of kinds in float64, NaN where there is none."""
        known = np.append(self.classes_, np.nan)
        return known[np.where(np.isnan(codes), len(self.classes_), codes).astype(int)]

    @property
    def _task(self) -> Boxes:
        return architecture_of(self.fitted_layers_).task(
            len(self.classes_), int(self.max_detections), float(self.score_threshold)
        )

    def _check_target(
        self, y: ArrayLike, weight: Floats, samples: Samples
    ) -> tuple[Floats, Floats]:
        boxes = check_boxes(y, samples)
        present = is_box(boxes)
        if not present.any():
            raise ValueError("y holds no box: a detector needs some images with regions")
        self.classes_ = np.unique(boxes[present][:, KIND]).astype(int)
        boxes[present, KIND] = np.searchsorted(self.classes_, boxes[present][:, KIND])
        # The task needs the network before it is trained.
        self.fitted_layers_ = deepcopy(self.layers)
        return boxes, weight

    def _is_continued(self) -> bool:
        return self.warm_start and "weights_" in vars(self)

    def _make_module(
        self, layers: Any, samples: Samples | None = None, *, fitted: bool = False
    ) -> torch.nn.Module:
        architecture = architecture_of(layers)
        module = make_module(architecture, self.input_shape_, len(self.classes_), fitted=fitted)
        if samples is not None:
            two = samples.take(np.array([0, len(samples) - 1])).reshape(-1, *self.input_shape_)
            check_module(module, as_tensor(two), self._task)
        return module

    @property
    def reads_any_grid_(self) -> bool:
        """Whether `predict` takes images of another size than in `fit`."""
        return isinstance(self.net_.module_, RegionNet)


def architecture_of(layers: object) -> DetectionArchitecture:
    """The network of the parameter `layers`.

    Raises
    ------
    TypeError
        If it is none that finds boxes.
    """
    if layers is None:
        return RegionNetwork()
    if isinstance(layers, str):
        return RegionNetwork(layers, context=(), head=None)
    if isinstance(layers, DetectionArchitecture):
        return layers
    raise TypeError(
        f"layers of a RegionDetector must be a RegionNetwork, SSD300, a string or None; got "
        f"{layers!r}"
    )
