"""The competitors of Table 3."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sklearn
from paper import END_TO_END, MARKOV, TWO_STAGE
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_hyperimage import architectures as arch
from sk_hyperimage.ensemble import HyperImageClassifier, ResidualCNNClassifier
from sk_hyperimage.feature_extraction import (
    AlongContours,
    HyperImageEncoder,
    HyperImageStatistics,
    InsideMasks,
    MarkovDCTFeatures,
    PatchExtractor,
    ResidualCooccurrences,
)
from sk_hyperimage.neural_network import CNNClassifier, PatchRanker
from sk_hyperimage.preprocessing import (
    ErrorLevels,
    ImageResizer,
    JPEGReencoder,
    LocalContrastNormalizer,
)

RESIDUALS = "Two-stage, residuals in masks"
RESIDUAL_CNN = "Two-stage, residual CNN in masks"
ERROR_LEVELS = "Two-stage, error levels in masks"

# Of the pixels of a patch, channel by channel.
MEANS_AND_DEVIATIONS = HyperImageStatistics(n_components=None, regions=(1,), quantiles=())

with sklearn.config_context(enable_metadata_routing=True):
    # A patch that is left out of training has no weight.
    SCALE = StandardScaler().set_fit_request(sample_weight=False)
    TELL = MLPClassifier(
        (64, 32), alpha=1e-3, batch_size=1000, early_stopping=True, max_iter=20
    ).set_fit_request(sample_weight=True)


@dataclass(frozen=True)
class Setting:
    """Networks and their training; the default is the paper's, as of the estimators."""

    end_to_end: str = arch.FORGERY_END_TO_END
    channel: str = arch.FORGERY_CHANNEL
    second_stage: str = arch.FORGERY_STAGE2
    extractor: PatchExtractor = field(
        default_factory=lambda: PatchExtractor(64, grid_shape=(15, 15))
    )
    epochs: tuple[int, int, int] = (80, 200, 200)  # of ranker, second stage, end-to-end network
    normalizes: bool = False
    training: dict = field(default_factory=dict)
    augmentation: str | None = None


# For few images and two cores.
SMALL = Setting(
    end_to_end=(
        "C(16) MP(2) C(32) MP(2) C(32) MP(2) C(48) MP(2) C(48) MP(2) C(64) MP(2) "
        "FC(100) Drop(0.5) FC(100) Drop(0.5) FC(1,sigmoid)"
    ),
    channel="C(16,5,1,relu,valid) C(16) MP(2) 2xC(32) MP(2) C(64) MP(2) FC(64) Drop(0.5)",
    second_stage="C(32,1) C(48) MP(3) C(64) MP(5) FC(50) Drop(0.5) FC(1,sigmoid)",
    extractor=PatchExtractor(32, grid_shape=(15, 23)),
    epochs=(20, 60, 20),
    normalizes=True,
    training={"solver": "adam", "learning_rate": "cosine", "learning_rate_init": 1e-3},
    augmentation="flips",
)


@dataclass(frozen=True)
class Competitor:
    """A model, and what its `fit` takes beside images and labels."""

    estimator: Pipeline
    metadata: Sequence[str] = ()


def competitors(setting: Setting, *, reencodes: bool, device: str) -> dict[str, Competitor]:
    """The three models of Table 3, of files as they are or all encoded alike."""
    of_ranker, of_second, of_end_to_end = setting.epochs
    common: dict[str, Any] = {"device": device, "random_state": 0, **setting.training}
    of_classes = {"class_weight": "balanced", "augmentation": setting.augmentation, **common}
    alike = [("reencode", JPEGReencoder())] if reencodes else []
    normalize = [("normalize", LocalContrastNormalizer())] if setting.normalizes else []
    ranker = PatchRanker(setting.channel, max_epochs=of_ranker, **common)
    return {
        END_TO_END: Competitor(
            Pipeline(
                [
                    *alike,
                    ("resize", ImageResizer((256, 384), rotate=True)),
                    *normalize,
                    (
                        "classify",
                        CNNClassifier(setting.end_to_end, max_epochs=of_end_to_end, **of_classes),
                    ),
                ]
            ),
            ["validation_mask"],
        ),
        MARKOV: markov(alike),
        TWO_STAGE: Competitor(
            Pipeline(
                [
                    *alike,
                    *normalize,
                    ("patches", setting.extractor),
                    (
                        "encode",
                        HyperImageEncoder(ranker, supervision=AlongContours(), random_state=0),
                    ),
                    (
                        "classify",
                        CNNClassifier(setting.second_stage, max_epochs=of_second, **of_classes),
                    ),
                ]
            ),
            ["validation_mask", "masks", "pairs", "groups"],
        ),
    }


def markov(first_steps: Sequence[tuple[str, Any]] = ()) -> Competitor:
    """Features of block DCT coefficients, and a linear support vector machine."""
    return Competitor(
        Pipeline(
            [
                *first_steps,
                ("features", MarkovDCTFeatures()),
                ("scale", StandardScaler()),
                ("classify", LinearSVC(C=0.01, class_weight="balanced", max_iter=20000)),
            ]
        )
    )


def of_masks(setting: Setting, *, reencodes: bool, device: str) -> dict[str, Competitor]:
    """First stages that learn from masks alone what lies inside."""

    def described_by(description):
        return Pipeline([("describe", description), ("scale", SCALE), ("tell", TELL)])

    # The recast network takes a few patches of each image: its passes cost more than theirs.
    recast = ResidualCNNClassifier(max_epochs=3, device=device, random_state=0)
    stages = {
        RESIDUALS: ("passthrough", described_by(ResidualCooccurrences()), InsideMasks()),
        RESIDUAL_CNN: ("passthrough", recast, InsideMasks(max_per_image=20)),
        ERROR_LEVELS: (ErrorLevels(), described_by(MEANS_AND_DEVIATIONS), InsideMasks()),
    }
    return {
        name: Competitor(
            HyperImageClassifier(
                normalizer,
                PatchExtractor(32),
                stage_one,
                supervision=supervision,
                random_state=0,
            ),
            ["masks", "groups"],
        )
        for name, (normalizer, stage_one, supervision) in stages.items()
    }


def of_masks_beside_markov(
    setting: Setting, *, reencodes: bool, device: str
) -> dict[str, Competitor]:
    """The same, and the simple competitor, for labels that the files' history does not tell."""
    return {MARKOV: markov()} | of_masks(setting, reencodes=reencodes, device=device)
