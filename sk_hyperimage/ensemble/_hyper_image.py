"""Both stages in one object, with optional end-to-end training through the hyper-image."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.pipeline import Pipeline

from sk_hyperimage._typing import (
    Bools,
    Floats,
    ImagesLike,
    PatchEstimator,
    Predictor,
    Seed,
    Transformer,
)
from sk_hyperimage.datasets.loaders._file_formats import warn_if_files_tell
from sk_hyperimage.ensemble._default_stages import statistics_classifier, statistics_regressor
from sk_hyperimage.ensemble._held_out_error import held_out_std
from sk_hyperimage.ensemble._two_stages import BaseHyperImage
from sk_hyperimage.feature_extraction.supervision._base import Supervision
from sk_hyperimage.images._collection import image_sequence
from sk_hyperimage.images._reading import is_path
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.preprocessing import JPEGReencoder
from sk_hyperimage.utils._scores import KeepsScores
from sk_hyperimage.utils._validation import check_labels, check_target


class HyperImageRegressor(KeepsScores, RegressorMixin, BaseHyperImage):
    """Two-stage hyper-image regression in one object.

    Images are normalized and cut into patches, a first network describes the patches, and a second
    reads the hyper-image. This is more than a Pipeline of these four steps: the same validation
    groups are held out of both stages, so the second is monitored on images that the first has not
    seen, and with `fine_tune_epochs` both fitted stages are trained end to end through the
    hyper-image.

    Parameters
    ----------
    normalizer : transformer, "passthrough" or None, default=None
        None: ``LuminanceAndContrast()`` ahead of the default `patch_estimator` and that of
        `pretrain_on_damage`, ahead of another ``LocalContrastNormalizer()``, as in the paper.
    extractor : transformer or None, default=None
        Images to patch grids. None: ``PatchExtractor()``.
    patch_estimator : CNNRegressor, Pipeline or None, default=None
        The first stage, as in :class:`~sk_hyperimage.feature_extraction.HyperImageEncoder`; a
        Pipeline describes a patch by what its last step reads. None: a small network of 32 x 32
        patches whose filters are a codebook of the images (`initial_weights` of
        :class:`~sk_hyperimage.neural_network.CNNRegressor`); its last layer alone is taught. The
        paper's is ``CNNRegressor(architectures.KANG2014)``.
    final_estimator : regressor or None, default=None
        The second stage: a network, or another regressor that takes hyper-images, such as a
        Pipeline that starts with
        :class:`~sk_hyperimage.feature_extraction.HyperImageStatistics`. None: such a Pipeline,
        with a support vector machine, which reads grids of any size; for labels, with a logistic
        regression. The paper's is ``CNNRegressor(architectures.TID_STAGE2)`` or
        ``LIVE_STAGE2``, and needs thousands of images.
    supervision : Supervision, default=None
        Chooses the patches that train the first stage, and their targets. None: all patches of the
        grid, with the target of their image.
    layer : int, default=None
        Index of the first stage's layer, among those with weights, that describes a patch. None:
        its own description, the last layer but one.
    temp_folder : str, default=None
        An existing folder on a disk, for hyper-images that memory does not hold, as in
        :class:`~sk_hyperimage.feature_extraction.HyperImageEncoder`.
    fine_tune_epochs : int, default=0
        Most epochs of joint training after both stages are fitted. The solver, schedule, batch
        size (in images) and augmentation are those of `final_estimator`. The weights of the lowest
        validation error are kept, which may be those before fine-tuning.
    fine_tune_learning_rate_init : float, default=0.001
        Learning rate of the first joint update.
    fine_tune_patches : int or None, default=None
        Patches of each image, drawn anew for every joint update, that it learns from; the
        validation error and predictions are of all patches. `final_estimator` must then read any
        number of them, as networks that begin with ``Mean`` or ``WeightedMean`` do. None: all.
    early_stopping : bool, default=True
        Whether to hold one set of images out of both stages and out of fine-tuning. If False, each
        stage holds images out for itself, and fine-tuning keeps its last weights.
    validation_fraction : float in (0, 1), default=0.25
        Share of the groups (of the images, without groups) held out of both stages.
    device : str or None, default=None
        Device of both stages; None leaves it to each.
    random_state : int, RandomState instance or None, default=None
        Seed of the choice of validation groups, of fine-tuning, and of stages without a
        `random_state` of their own.
    verbose : int, default=0
        1 shows progress bars of both stages; 0 leaves it to each.
    warm_start : bool, default=False
        Whether another `fit` of this object goes on with the weights that the networks among its
        stages had after the last one, in place of new ones: for more epochs, or for scores of
        your own. Other parts are fitted anew.
    higher_is_better : bool, default=None
        Direction of y, such as that of a loader's Bunch; None if it is not known. Fitting does
        not need it: displays, scorers and the command line say and use it.

    Attributes
    ----------
    normalizer_, extractor_ : transformer
        Fitted steps; `normalizer_` is None for "passthrough".
    encoder_ : HyperImageEncoder
        Makes hyper-images, with the tuned first stage after fine-tuning.
    patch_estimator_ : CNNRegressor
        The first stage as trained on patches.
    tuned_patch_estimator_ : CNNRegressor
        The first stage after joint training; only if `fine_tune_epochs` > 0.
    final_estimator_ : regressor
        The second stage.
    validation_mask_ : ndarray of bool of shape (n_images,) or None
        True for images held out of both stages; None for ``early_stopping=False``.
    fine_tuning_history_ : list of dict
        Losses of every joint epoch; only if `fine_tune_epochs` > 0.
    residual_std_ : float or None
        Root mean square error on the held-out images, in the unit of y, of a second stage that
        has not learned from them: the fitted one, if it takes a `validation_mask` as networks do,
        else a clone fitted on the other images. None for ``early_stopping=False``.
    score_range_ : tuple of float
        Least and greatest score seen in `fit`.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    PatchPoolingRegressor : The patch-averaging baseline.
    GroupEnsembleRegressor : A mean of such models, whose uncertainty differs between images.

    References
    ----------
    The hyper-image paper. Joint fine-tuning goes beyond it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageRegressor
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> images = np.random.default_rng(0).random((24, 16, 16), dtype=np.float32)
    >>> model = HyperImageRegressor(
    ...     extractor=PatchExtractor(patch_size=8),
    ...     patch_estimator=CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", max_epochs=2),
    ...     final_estimator=CNNRegressor("C(4) MP(3) FC(6) FC(1,linear)", max_epochs=2),
    ...     fine_tune_epochs=1,
    ...     random_state=0,
    ... )
    >>> model.fit(images, images.std(axis=(1, 2))).predict(images).shape
    (24,)
    >>> score, std = model.predict(images[:2], return_std=True)
    >>> bool((std == model.residual_std_).all())
    True
    """

    _parameter_constraints: dict = {
        **BaseHyperImage._parameter_constraints,
        **KeepsScores._score_constraints,
    }

    def __init__(
        self,
        normalizer: Transformer | str | None = None,
        extractor: Transformer | None = None,
        patch_estimator: PatchEstimator | Pipeline | None = None,
        final_estimator: Predictor | None = None,
        *,
        supervision: Supervision | None = None,
        layer: int | None = None,
        temp_folder: str | None = None,
        fine_tune_epochs: int = 0,
        fine_tune_learning_rate_init: float = 0.001,
        fine_tune_patches: int | None = None,
        early_stopping: bool = True,
        validation_fraction: float = 0.25,
        device: str | None = None,
        random_state: Seed = None,
        verbose: int = 0,
        warm_start: bool = False,
        higher_is_better: bool | None = None,
    ):
        super().__init__(
            normalizer,
            extractor,
            patch_estimator,
            final_estimator,
            supervision=supervision,
            layer=layer,
            temp_folder=temp_folder,
            fine_tune_epochs=fine_tune_epochs,
            fine_tune_learning_rate_init=fine_tune_learning_rate_init,
            fine_tune_patches=fine_tune_patches,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            device=device,
            random_state=random_state,
            verbose=verbose,
            warm_start=warm_start,
        )
        self.higher_is_better = higher_is_better

    _network = CNNRegressor
    _second_stage = staticmethod(statistics_regressor)

    def _check_y(self, y: ArrayLike, X: ImagesLike) -> Floats:
        return self._keep_range(check_target(y, X, self))  # type: ignore[arg-type]

    def _judge(
        self,
        final: Predictor,
        hyper_images: Floats,
        y: Floats,
        groups: ArrayLike | None,
        held_out: Bools | None,
        weight: Floats,
    ) -> None:
        self.residual_std_ = None
        if held_out is not None:
            self.residual_std_ = held_out_std(
                final, hyper_images, y, groups, held_out, weight, self.temp_folder
            )

    def predict(  # type: ignore[override]
        self, X: ImagesLike, return_std: bool = False
    ) -> Floats | tuple[Floats, Floats]:
        """Predict the scores of images, and how far from them the true ones may lie.

        Parameters
        ----------
        X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths
        return_std : bool, default=False
            Whether to return the standard deviation of the true score around the prediction, too.

        Returns
        -------
        y : ndarray of shape (n_images,)
            Scores in the unit and direction of the y seen in `fit`.
        std : ndarray of shape (n_images,)
            `residual_std_`, in the unit of y and the same for all images; only if `return_std`.

        Raises
        ------
        ValueError
            If `return_std` is asked of a model that has held no images out.
        """
        scores = super().predict(X)
        if not return_std:
            return scores
        std = getattr(self, "residual_std_", None)
        if std is None:
            raise ValueError(
                "return_std=True needs images that were held out of both stages: fit with "
                "early_stopping=True, or put the model into a GroupEnsembleRegressor"
            )
        return scores, np.full(len(scores), std)


class HyperImageClassifier(ClassifierMixin, BaseHyperImage):
    """Two-stage hyper-image classification in one object.

    Parameters
    ----------
    normalizer, extractor, patch_estimator, final_estimator, supervision, layer, temp_folder, \
fine_tune_epochs, fine_tune_learning_rate_init, fine_tune_patches, early_stopping, \
validation_fraction, device, random_state, verbose, warm_start
        As in :class:`HyperImageRegressor`, with ``CNNClassifier`` stages.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels, sorted.
    normalizer_, extractor_, encoder_, patch_estimator_, tuned_patch_estimator_, \
final_estimator_, validation_mask_, fine_tuning_history_, n_features_in_
        As in :class:`HyperImageRegressor`.

    Warns
    -----
    FileFormatWarning
        In `fit`, if formats of files or quantization tables of JPEG tell the labels, and the
        `normalizer` does not encode all images alike.

    See Also
    --------
    HyperImageRegressor : The same for scores.
    PatchPoolingClassifier : The patch-averaging baseline.

    References
    ----------
    The hyper-image paper. Joint fine-tuning goes beyond it.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import HyperImageClassifier
    >>> from sk_hyperimage.feature_extraction import PatchExtractor
    >>> from sk_hyperimage.neural_network import CNNClassifier
    >>> images = np.random.default_rng(0).random((24, 16, 16), dtype=np.float32)
    >>> model = HyperImageClassifier(
    ...     extractor=PatchExtractor(patch_size=8),
    ...     patch_estimator=CNNClassifier("C(4) MP(8) FC(6) FC(1,sigmoid)", max_epochs=2),
    ...     final_estimator=CNNClassifier("C(4) MP(3) FC(6) FC(1,sigmoid)", max_epochs=2),
    ...     random_state=0,
    ... )
    >>> model.fit(images, images.mean(axis=(1, 2)) > 0.5).predict_proba(images).shape
    (24, 2)
    """

    _network = CNNClassifier
    _second_stage = staticmethod(statistics_classifier)

    def _check_y(self, y: ArrayLike, X: ImagesLike) -> np.ndarray:
        classes, codes = check_labels(y, X, self)  # type: ignore[arg-type]
        self._warn_of_files(X, codes)
        return classes[codes]

    def _warn_of_files(self, X: ImagesLike, codes: np.ndarray) -> None:
        """Warn if labels can be told from how files were saved, and are not all saved again."""
        items = image_sequence(X)
        files = [] if items is None else [item for item in items if is_path(item)]
        steps = getattr(self.normalizer, "steps", [("normalizer", self.normalizer)])
        saved_again = any(isinstance(step, JPEGReencoder) for _, step in steps)
        if len(files) == len(codes) and not saved_again:
            warn_if_files_tell(files, codes)

    @property
    def classes_(self) -> np.ndarray:
        """Labels, sorted."""
        return self.final_estimator_.classes_

    def predict_proba(self, X: ImagesLike) -> Floats:
        """Predict class probabilities.

        Parameters
        ----------
        X
            As in :meth:`predict`.

        Returns
        -------
        probabilities : ndarray of shape (n_images, n_classes)
        """
        hyper_images = self.encode(X)
        return self.final_estimator_.predict_proba(hyper_images)
