"""A convolutional network that ranks patches by comparing them in pairs."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.metadata_routing import UNUSED
from skorch.callbacks import Callback

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.architectures import FORGERY_CHANNEL
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network._base import PATCH_SCHEDULE, BaseCNN
from sk_hyperimage.neural_network._fitted import sample_shape
from sk_hyperimage.neural_network._pairs import (
    PatchPairs,
    matched_pairs,
    pair_codes,
    random_pairs,
)
from sk_hyperimage.neural_network._siamese import Siamese
from sk_hyperimage.neural_network._tasks import Ranks
from sk_hyperimage.neural_network.layers import Shape
from sk_hyperimage.neural_network.training._callbacks import validation_accuracy
from sk_hyperimage.utils._holdout import validation_rows
from sk_hyperimage.utils._sklearn import Interval, fit_or_restore
from sk_hyperimage.utils._validation import check_images, check_labels


class PatchRanker(ClassifierMixin, BaseCNN):
    """Siamese network that learns to rank authentic patches above tampered ones.

    Patches of a forged image are tampered more or less, and some hardly at all. Training therefore
    asks only that a tampered patch ranks below its own authentic counterpart: two channels with
    shared weights describe both patches as C1 and C2, and ``d = w2 . relu(W1 (C1 - C2))`` is to
    exceed the margin where the authentic patch comes first, label y = 1, and to fall below the
    negative margin where it comes second, y = -1. Every epoch shows each pair in both orders, all
    shuffled. With one order only, d becomes large for any two patches, and ranks mean nothing.

    Parameters
    ----------
    layers : str, torch.nn.Module, Architecture or callable, default=architectures.FORGERY_CHANNEL
        The channel, in the notation of :class:`CNNRegressor`. Its last layer describes a patch;
        there is no output layer. A callable is given ``n_outputs=None``.
    margin : float, default=3.0
        delta of the loss ``max(0, delta - y d)``.
    augmentation : {"horizontal", "flips", "symmetries"} or None, default="flips"
        Random flips of the pairs in training; both patches of a pair are flipped alike.
    batch_size : int, default=50
        Pairs per update.
    max_epochs, n_iter_no_change : int or "auto", default="auto"
        As in :class:`CNNRegressor`; "auto" is 80 epochs and a patience of 20.
    initial_weights, solver, learning_rate, learning_rate_init, momentum, nesterovs_momentum, \
decay, alpha, early_stopping, validation_fraction, precision, compile, device, \
callbacks, random_state, verbose
        As in :class:`CNNRegressor`.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
        Labels, sorted: authentic, tampered.
    mean_ : ndarray of shape (n_rows, n_cols, n_channels)
        Mean of the training patches, which is subtracted from every patch.
    offset_ : float
        Rank half-way between the mean ranks of authentic and of tampered patches.
    history_ : list of dict
        Of every epoch: "train_loss", "valid_loss", "learning_rate", and "valid_accuracy", the
        share of validation pairs, in both orders, of which d has the right sign.
    net_, weights_, n_iter_, input_shape_, n_features_in_
        As in :class:`CNNRegressor`.

    See Also
    --------
    sk_hyperimage.feature_extraction.AlongContours : Cuts pairs of patches to train it on.
    CNNClassifier : Tells patches apart one by one.

    Notes
    -----
    A single patch needs no other one to be ranked: since relu(z) - relu(-z) = z, the difference
    of the ranks ``w2 . W1 C / 2`` of two patches is exactly the mean of d over both orders.

    References
    ----------
    The hyper-image paper, "Image forgery classification", Experiment 2, Fig. 3 and Table 4.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.neural_network import PatchRanker
    >>> patches = np.random.default_rng(0).random((40, 8, 8), dtype=np.float32)
    >>> tampered = np.arange(40) % 2
    >>> patches[tampered == 1, :, 4:] += 0.5
    >>> ranker = PatchRanker("C(4) MP(8) FC(8)", max_epochs=3, random_state=0)
    >>> ranker.fit(patches, tampered, pairs=np.arange(40) // 2).embed(patches).shape
    (40, 8)
    """

    description_layer = -1
    margin: float

    __metadata_request__fit = {"pairs": True, "sample_weight": UNUSED}

    _parameter_constraints: dict = {
        **{
            key: kinds
            for key, kinds in BaseCNN._parameter_constraints.items()
            if key not in ("batch_by", "warm_start")
        },
        "margin": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        layers=FORGERY_CHANNEL,
        *,
        margin=3.0,
        initial_weights=None,
        solver="sgd",
        learning_rate="adaptive",
        learning_rate_init=0.005,
        momentum=0.9,
        nesterovs_momentum=True,
        decay=1e-5,
        alpha=0.0,
        batch_size=50,
        max_epochs="auto",
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change="auto",
        augmentation="flips",
        precision="full",
        compile=False,
        device="auto",
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        self._store(locals())

    @fit_or_restore(prefer_skip_nested_validation=True)
    def fit(  # type: ignore[override]
        self,
        X: ImagesLike,
        y: ArrayLike,
        *,
        pairs: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        validation_mask: ArrayLike | None = None,
    ) -> PatchRanker:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)
            Channel-last patches; rows of a 2-D X are one-row patches.
        y : array-like of shape (n_samples,)
            Two labels; the greater one, 1 or True, is that of tampered patches.
        pairs : array-like of shape (n_samples,), default=None
            The same id for an authentic patch and the tampered one, or ones, that it is compared
            with. None or NaN, an id that occurs once, and a pair split by validation take no part
            in training. Without `pairs`, authentic and tampered patches are paired at
            random, anew in every epoch.
        groups : array-like of shape (n_samples,), default=None
            Validation patches never share one with the others. None: those of `pairs`, so that
            pairs stay together.
        validation_mask : array-like of bool of shape (n_samples,), default=None
            True for the patches to validate on, in place of a random choice.

        Returns
        -------
        self : PatchRanker

        Raises
        ------
        ValueError
            If y does not hold two classes, if there are no pairs to train or to validate on, if
            authentic patches share a pair id, and as :meth:`CNNRegressor.fit`.
        """
        patches = check_images(X, self, reset=True)
        classes, codes = check_labels(y, patches, self)
        check_two_classes(classes)
        matched = paired = None
        if pairs is not None:
            check_consistent_length(patches, pairs)
            pairs = pair_codes(pairs)
            matched = matched_pairs(codes == 1, pairs)
            if len(matched):
                paired = np.isin(np.arange(len(patches)), matched)
        random_state = check_random_state(self.random_state)
        held_out = np.zeros(len(patches), dtype=bool)
        if self.early_stopping or validation_mask is not None:
            held_out = validation_rows(
                len(patches),
                pairs if groups is None else groups,
                validation_mask,
                self.validation_fraction,
                random_state,
                labels=codes,
                weight=paired,
            )
        table = _pairs_within(~held_out, codes == 1, matched, random_state, "train")
        trained_on, n_trained = np.unique(table), len(table)
        if held_out.any():
            validation = _pairs_within(held_out, codes == 1, matched, random_state, "validate")
            table = np.concatenate([table, validation])

        self.classes_ = classes
        self.mean_ = mean_patch(patches, trained_on)
        first_is_authentic = np.tile([1, -1], len(table))
        self._fit(
            PatchPairs(patches, table, redrawn=pairs is None),
            first_is_authentic,
            np.ones(len(first_is_authentic)),
            None,
            np.arange(2 * len(table)) >= 2 * n_trained if held_out.any() else None,
        )
        ranks, trained_codes = self._rank(X)[trained_on], codes[trained_on]
        self.offset_ = float(np.mean([ranks[trained_codes == code].mean() for code in (0, 1)]))
        return self

    def decision_function(self, X: ImagesLike) -> Floats:
        """Degree to which patches look tampered.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)

        Returns
        -------
        scores : ndarray of shape (n_samples,)
            `offset_` minus the patch's rank: higher is more tampered, 0 the threshold of
            `predict`. The margin of the loss is that between the scores of a pair.
        """
        ranks = self._rank(X)
        return self.offset_ - ranks

    def predict(self, X: ImagesLike) -> np.ndarray:
        """Predict labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,)
        """
        tampered = self.decision_function(X) > 0
        return self.classes_[tampered.astype(int)]

    def pair_accuracy(self, X: ImagesLike, y: ArrayLike, pairs: ArrayLike) -> float:
        """Share of pairs whose tampered patch has the higher score.

        Parameters
        ----------
        X, y, pairs : array-like
            As in `fit`.

        Returns
        -------
        accuracy : float in [0, 1]
            Higher is better; 0.5 is chance. NaN without a pair.
        """
        scores = self.decision_function(X)
        check_consistent_length(scores, y, pairs)
        table = matched_pairs(np.asarray(y) == self.classes_[1], pair_codes(pairs))
        authentic, tampered = scores[table].T
        return float(np.mean(tampered > authentic)) if len(table) else float("nan")

    def _rank(self, X: ImagesLike) -> Floats:
        return self._task.decode(self._forward(X, lambda module, batch: module.rank(batch)))

    @property
    def _task(self) -> Ranks:
        return Ranks(float(self.margin))

    def _schedule(self, samples: Samples) -> tuple[int, int]:
        return PATCH_SCHEDULE

    def _make_module(
        self, layers: Any, samples: Samples | None = None, *, fitted: bool = False
    ) -> torch.nn.Module:
        channel = super()._make_module(layers, samples, fitted=fitted)
        return Siamese(channel, torch.from_numpy(self.mean_))

    def _n_outputs(self, y: np.ndarray) -> None:
        return None

    def _module_before_training(self, shape: Shape, y: np.ndarray) -> torch.nn.Module:
        module = super()._module_before_training(shape, y)
        return module if isinstance(module, Siamese) else Siamese(module, torch.zeros(shape))

    def _callbacks(self) -> list[Callback]:
        return [*validation_accuracy(), *super()._callbacks()]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def check_two_classes(classes: np.ndarray) -> None:
    """Raise ValueError unless there are an authentic and a tampered class."""
    if len(classes) > 2:
        raise ValueError(
            "Only binary classification is supported. The type of the target is multiclass: y "
            f"holds {len(classes)} labels, and authentic and tampered are 2"
        )
    if len(classes) < 2:
        raise ValueError(
            f"y must hold authentic and tampered samples, got 1 class: {classes[0]!r}"
        )


def mean_patch(patches: Samples, rows: np.ndarray) -> np.ndarray:
    """Mean of the patches at `rows`, read a few at a time."""
    total = np.zeros(sample_shape(patches))
    for start in range(0, len(rows), 256):
        total += patches.take(rows[start : start + 256]).sum(axis=0, dtype=np.float64)
    return (total / len(rows)).astype(patches.dtype)


def _pairs_within(
    part: np.ndarray,
    tampered: np.ndarray,
    matched: np.ndarray | None,
    random_state: np.random.RandomState,
    purpose: str,
) -> np.ndarray:
    """Pairs of which both patches are in a part of the samples, (n_pairs, 2)."""
    if matched is None:
        rows = np.flatnonzero(part)
        table = rows[random_pairs(tampered[rows], random_state)]
    else:
        table = matched[part[matched].all(axis=1)]
    if len(table) == 0:
        raise ValueError(
            f"there is no pair of an authentic and a tampered patch to {purpose} on; look at y, "
            f"pairs, groups and validation_mask"
        )
    return table
