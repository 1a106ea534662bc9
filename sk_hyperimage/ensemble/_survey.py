"""The models of patches that the survey of Kim et al. 2017 describes, and some beside, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline, make_pipeline

from sk_hyperimage import architectures
from sk_hyperimage._typing import Seed
from sk_hyperimage.ensemble._hyper_image import HyperImageRegressor
from sk_hyperimage.ensemble._pooling import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network import (
    DIQA,
    CNNRegressor,
    DeepQA,
    ErrorMapRegressor,
    ScoreAndKindRegressor,
)
from sk_hyperimage.preprocessing import (
    ColorConverter,
    LocalContrastNormalizer,
)
from sk_hyperimage.utils._sklearn import StrOptions, params_named, validate_params

ADAM: dict[str, Any] = {"solver": "adam", "learning_rate": "constant", "decay": 0.0}


def _patch_wise(network: str = architectures.DIQAM) -> Pipeline:
    """DIQaM: each patch, or pair of patches, learns the score of its image (Eq. 1)."""
    network = CNNRegressor(
        network, **ADAM, learning_rate_init=1e-4, batch_size=128, max_epochs=3000
    )
    return make_pipeline(PatchExtractor(32, overlap=0), PatchPoolingRegressor(network))


def _end_to_end(
    stage_two: str, *, trunk: str = architectures.DIQAM, n_patches: int | None = 32
) -> HyperImageRegressor:
    """The trunk of DIQaM, not trained by itself but through what aggregates it."""
    return HyperImageRegressor(
        "passthrough",
        PatchExtractor(32, overlap=0),
        CNNRegressor(trunk, max_epochs=0),
        CNNRegressor(stage_two, **ADAM, batch_size=4, max_epochs=0),
        layer=-3,
        fine_tune_epochs=3000,
        fine_tune_learning_rate_init=1e-4,
        fine_tune_patches=n_patches,
    )


def _biecon() -> HyperImageRegressor:
    """Proxy scores of patches, then moments of their descriptions (Eq. 3)."""
    squared = ADAM | {"loss": "squared_error"}
    # The authors' window is binomial, which is nearly this Gaussian.
    normalizer = LocalContrastNormalizer(size=5, sigma=1.0, eps=127 / 255, padding="nearest")
    return HyperImageRegressor(
        make_pipeline(ColorConverter("gray"), normalizer),
        PatchExtractor(32, overlap=0),
        CNNRegressor(
            architectures.BIECON_STAGE1,
            **squared,
            learning_rate_init=1e-4,
            batch_size=512,
            max_epochs=40,
        ),
        CNNRegressor(architectures.BIECON_STAGE2, **squared, batch_size=8, max_epochs=0),
        layer=-3,
        fine_tune_epochs=100,
        fine_tune_learning_rate_init=1e-5,
    )


def _diqa() -> HyperImageRegressor:
    """Errors of cells, then the mean of squares' descriptions with learned weights (Eq. 3)."""
    squared = ADAM | {"loss": "squared_error"}
    return HyperImageRegressor(
        "passthrough",
        PatchExtractor(112, overlap=1 - 80 / 112),
        ErrorMapRegressor(DIQA(), **squared, learning_rate_init=2e-4, batch_size=5, max_epochs=80),
        CNNRegressor(architectures.DIQA_STAGE2, **squared, batch_size=4, max_epochs=0),
        fine_tune_epochs=80,
        fine_tune_learning_rate_init=2e-4,
    )


def _dual_path() -> Pipeline:
    """Pairs of patches, each seen by one of two paths with the same weights (Eq. 1)."""
    network = CNNRegressor(
        architectures.DUAL_PATH, **ADAM, learning_rate_init=1e-4, batch_size=128, max_epochs=80
    )
    return make_pipeline(
        LocalContrastNormalizer(),
        PatchExtractor(32, overlap=0),
        PatchPoolingRegressor(network),
    )


def _deepqa() -> Pipeline:
    """Sensitivity times error, in pairs of squares of 112 x 112 every 80 pixels."""
    network = CNNRegressor(
        DeepQA(),
        **ADAM,
        loss="squared_error",
        learning_rate_init=1e-4,
        alpha=1.6e-4,  # the authors' 5e-3 beside 1e3 times the error, as for DeepQA.smoothness
        batch_size=5,
        max_epochs=80,
        augmentation="horizontal",
    )
    return make_pipeline(PatchExtractor(112, overlap=1 - 80 / 112), PatchPoolingRegressor(network))


def _two_heads(layers: str) -> Pipeline:
    """Score and kind of damage of each patch (Eq. 1)."""
    network = ScoreAndKindRegressor(
        layers, **ADAM, learning_rate_init=1e-4, batch_size=128, max_epochs=500
    )
    return make_pipeline(
        ColorConverter("gray"),
        LocalContrastNormalizer(),
        PatchExtractor(32, overlap=0),
        PatchPoolingRegressor(network),
    )


MODELS: dict[str, Callable[[], BaseEstimator]] = {
    "DIQaM": _patch_wise,
    "DIQaM pooled": lambda: _end_to_end(architectures.DIQAM_STAGE2),
    "WaDIQaM": lambda: _end_to_end(architectures.WADIQAM_STAGE2),
    "moments": lambda: _end_to_end(architectures.BIECON_STAGE2),
    "perceptron": lambda: _end_to_end(architectures.PERCEPTRON_STAGE2, n_patches=None),
    "BIECON": _biecon,
    "DIQA": _diqa,
    "IQA-CNN+": lambda: _two_heads(architectures.KANG2014),
    "IQA-CNN++": lambda: _two_heads(architectures.IQA_CNN_PLUS_PLUS),
    "DIQaM-FR": lambda: _patch_wise(architectures.DIQAM_FR),
    "WaDIQaM-FR": lambda: _end_to_end(architectures.WADIQAM_STAGE2, trunk=architectures.DIQAM_FR),
    "dual path": _dual_path,
    "DeepQA": _deepqa,
}


@validate_params(
    {"name": [StrOptions(set(MODELS))], "device": [str], "random_state": ["random_state"]},
    prefer_skip_nested_validation=True,
)
def surveyed_model(name: str, *, device: str = "auto", random_state: Seed = None) -> Any:
    """Make a quality model of patches as the survey of Kim et al. 2017 describes it.

    All are made of the package's parts, which ``get_params`` shows and ``set_params`` changes.
    They take RGB images, the last four pairs of an RGB image and its reference, which
    :func:`~sk_hyperimage.images.pair_images` makes.

    Parameters
    ----------
    name : str
        The first five train one and the same network in all ways that the survey draws, the next
        two have a first stage with targets of its own:

        ==================  ======================================================================
        ``"DIQaM"``         each patch learns the score of its image (Eq. 1)
        ``"DIQaM pooled"``  the mean of the patches' scores learns it (Eq. 2)
        ``"WaDIQaM"``       their mean with learned weights learns it (Eq. 2)
        ``"moments"``       a network on the mean and the deviation of features (Eq. 3)
        ``"perceptron"``    a network on the features of all patches (Eq. 3, Figure 4 d)
        ``"BIECON"``        stage one learns ``patch_targets``, full-reference scores of patches;
                            then as "moments"
        ``"DIQA"``          stage one learns ``patch_targets``, errors of cells of 4 x 4 pixels, as
                            far as they can be told; then a network on features averaged with
                            learned weights (Eq. 3)
        ``"IQA-CNN+"``      each patch learns the score and, given as ``kinds`` to `fit`, the kind
                            of damage of its image; ``predict_kinds`` tells it
        ``"IQA-CNN++"``     the same with a smaller network
        ``"DIQaM-FR"``      "DIQaM" of pairs
        ``"WaDIQaM-FR"``    "WaDIQaM" of pairs
        ``"dual path"``     each pair of patches learns the score of its image; the reference may
                            be a photograph of a similar scene, ``pair_images(aligned=False)``
        ``"DeepQA"``        each pair of squares learns it through a map of where errors are seen
        ==================  ======================================================================
    device : str, default="auto"
        Where the networks run.
    random_state : int, RandomState instance or None, default=None
        Seed of all parts.

    Returns
    -------
    model : HyperImageRegressor, or Pipeline for those without a second stage
        Not fitted, with rates and epochs of the papers or of public code where these are known;
        "Paper 4, line by line" in the documentation says what differs. Some take days without a
        GPU. As everywhere in the package, a quarter of the groups is held out to choose the epoch;
        ``early_stopping=False`` of the model and its networks trains on all.

    See Also
    --------
    sk_hyperimage.feature_extraction.patch_scores : Makes the targets of BIECON and DIQA.
    sk_hyperimage.inspection.cell_maps : Shows weights and scores of the patches.

    References
    ----------
    Kim, Zeng, Ghadiyaram, Lee, Zhang and Bovik, "Deep convolutional neural models for
    picture-quality prediction", IEEE Signal Processing Magazine 34(6), 2017. Bosse, Maniry,
    Müller, Wiegand and Samek, "Deep neural networks for no-reference and full-reference image
    quality assessment", IEEE Transactions on Image Processing 27(1), 2018 (DIQaM, WaDIQaM). Kim
    and Lee, "Fully deep blind image quality predictor", IEEE Journal of Selected Topics in Signal
    Processing 11(1), 2017 (BIECON). Kim, Nguyen and Lee, "Deep CNN-based blind image quality
    predictor", IEEE Transactions on Neural Networks and Learning Systems 30(1), 2019 (DIQA).
    Kang, Ye, Li and Doermann, "Simultaneous estimation of image quality and distortion via
    multi-task convolutional neural networks", ICIP 2015 (IQA-CNN+ and ++). Liang, Wang, Wan, Gong
    and Zheng, "Image quality assessment using similar scene as reference", ECCV 2016 (dual path).
    Kim and Lee, "Deep learning of human visual sensitivity in image quality assessment framework",
    CVPR 2017 (DeepQA).

    Examples
    --------
    BIECON on small networks, so that it takes a second:

    >>> import numpy as np
    >>> from sk_hyperimage.ensemble import surveyed_model
    >>> from sk_hyperimage.feature_extraction import patch_scores
    >>> rng = np.random.default_rng(0)
    >>> references = rng.random((16, 64, 64, 3), dtype=np.float32)
    >>> damage = np.linspace(0, 0.3, 16, dtype=np.float32)[:, None, None, None]
    >>> images = references + damage * rng.normal(size=references.shape).astype(np.float32)
    >>> model = surveyed_model("BIECON", random_state=0).set_params(
    ...     patch_estimator__layers="C(4,5) MP(32) FC(8) FC(8) FC(1,linear)",
    ...     patch_estimator__max_epochs=2,
    ...     final_estimator__layers="MeanStd FC(4) FC(1,linear)",
    ...     fine_tune_epochs=2,
    ... )
    >>> targets = patch_scores(images, references, score="gmsd", extractor=model.extractor)
    >>> model.fit(images, damage.ravel(), patch_targets=targets).predict(images).shape
    (16,)
    """
    model = MODELS[name]()
    for part, value in {"device": device, "random_state": random_state}.items():
        model.set_params(**dict.fromkeys(params_named(part, model), value))
    return model
