"""The estimators that common tests run on, small enough for hundreds of fits."""

import os
import tempfile
from pathlib import Path

import torch
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB

from sk_hyperimage.ensemble import (
    AcceptanceClassifier,
    GroupEnsembleRegressor,
    HyperImageClassifier,
    HyperImageRegressor,
    KindThenScoreRegressor,
    PatchPoolingClassifier,
    PatchPoolingRegressor,
    ResidualCNNClassifier,
    TiledClassifier,
    TiledRegressor,
)
from sk_hyperimage.feature_extraction import (
    AlongContours,
    Bliinds2Features,
    BrisqueFeatures,
    CorniaFeatures,
    DeepSimilarity,
    DiivineFeatures,
    FriqueeFeatures,
    FullReferenceScores,
    GmLogFeatures,
    HosaFeatures,
    HyperImageCovariance,
    HyperImageEncoder,
    HyperImageStatistics,
    IlNiqeDistance,
    MarkovDCTFeatures,
    NiqeDistance,
    PatchExtractor,
    PretrainedFeatures,
    ResidualCooccurrences,
    ResidualWords,
)
from sk_hyperimage.neural_network import (
    DIQA,
    CNNClassifier,
    CNNRegressor,
    ErrorMapRegressor,
    PatchRanker,
    RegionDetector,
    ScoreAndKindRegressor,
)
from sk_hyperimage.preprocessing import (
    ColorConverter,
    ErrorLevels,
    ImageResizer,
    JPEGReencoder,
    LocalContrastNormalizer,
    LowFrequencySubtractor,
    LuminanceAndContrast,
)

# Whole-set batches make weights and repetitions equivalent, which scikit-learn checks.
WHOLE = {"early_stopping": False, "batch_size": 2000, "random_state": 0}

REGRESSOR = CNNRegressor(
    "FC(16) FC(8) FC(1,linear)", max_epochs=25, learning_rate_init=0.05, **WHOLE
)
CLASSIFIER = CNNClassifier(
    "FC(32) FC(8) FC(1,sigmoid)", max_epochs=25, learning_rate_init=0.2, **WHOLE
)
RANKER = PatchRanker(
    "FC(16) FC(8)", augmentation=None, max_epochs=25, learning_rate_init=0.2, **WHOLE
)
ERROR_MAPS = ErrorMapRegressor(
    DIQA("C(8,3,2) C(8,3,2)"), max_epochs=25, learning_rate_init=0.05, **WHOLE
)
DETECTOR = RegionDetector("C(4) C(4)", augmentation=None, max_detections=4, max_epochs=5, **WHOLE)
PIXEL_REGRESSOR = CNNRegressor("FC(8) FC(8) FC(1,linear)", max_epochs=4, **WHOLE)
PIXEL_CLASSIFIER = CNNClassifier("FC(8) FC(8) FC(1,sigmoid)", max_epochs=4, **WHOLE)
TWO_STAGES = {"early_stopping": False, "fine_tune_epochs": 2, "random_state": 0}

# Where torchvision would keep the file of VGG-16, in place of which there is its first layer; a
# path among the parameters would give tests a name of their own in every process.
TORCH_HOME = tempfile.TemporaryDirectory()
os.environ["TORCH_HOME"] = TORCH_HOME.name
Path(TORCH_HOME.name, "hub", "checkpoints").mkdir(parents=True)
torch.save(
    {
        "features.0.weight": torch.linspace(-1, 1, 64 * 27).sin().reshape(64, 3, 3, 3),
        "features.0.bias": torch.zeros(64),
    },
    Path(TORCH_HOME.name, "hub", "checkpoints", "vgg16-397923af.pth"),
)

# One row is too small for more neighbors than one.
ONE_PIXEL = ResidualCooccurrences(filter_taps=(1,), step=30, n_levels=9, n_pixels=1)
EXACT_LINEAR = RidgeClassifier()

# On 2-D input: rows are one-row images, and for the encoder and the pooling rules one patch.
ESTIMATORS = [
    LocalContrastNormalizer(),
    ColorConverter(),
    ErrorLevels([75]),
    ImageResizer((1, 4)),
    JPEGReencoder(),
    LowFrequencySubtractor(),
    LuminanceAndContrast(),
    PatchExtractor(patch_size=1, overlap=0),
    Bliinds2Features(),
    BrisqueFeatures(),
    CorniaFeatures(n_words=2, patch_size=3, random_state=0),
    FullReferenceScores(["psnr"]),
    DeepSimilarity("vgg16", layers=["conv1_1"]),
    GmLogFeatures(),
    HosaFeatures(n_words=2, patch_size=3, random_state=0),
    NiqeDistance(),
    MarkovDCTFeatures(block_sizes=(3, 4), threshold=2),
    ResidualCooccurrences(filter_taps=(1,), step=0.5, n_pixels=1),
    ResidualWords(n_words=2, filter_taps=(1,), n_pixels=1, random_state=0),
    HyperImageCovariance(n_components=2, random_state=0),
    HyperImageStatistics(n_components=2, random_state=0),
    PretrainedFeatures("vgg16", layer="conv1_1", random_state=0),
    REGRESSOR,
    CLASSIFIER,
    RANKER,
    ScoreAndKindRegressor(**REGRESSOR.get_params()),
    ERROR_MAPS,
    DETECTOR,
    HyperImageEncoder(REGRESSOR),
    HyperImageEncoder(CLASSIFIER, supervision=AlongContours()),
    PatchPoolingRegressor(REGRESSOR),
    PatchPoolingClassifier(CLASSIFIER),
    HyperImageRegressor(
        "passthrough", PatchExtractor(1, 0), PIXEL_REGRESSOR, REGRESSOR, **TWO_STAGES
    ),
    HyperImageClassifier(
        "passthrough", PatchExtractor(1, 0), PIXEL_CLASSIFIER, CLASSIFIER, **TWO_STAGES
    ),
    AcceptanceClassifier(Ridge(), cv=2),
    GroupEnsembleRegressor(Ridge(), cv=2, random_state=0),
    KindThenScoreRegressor(GaussianNB(), Ridge()),
    ResidualCNNClassifier(ONE_PIXEL, EXACT_LINEAR, max_epochs=1, **WHOLE),
    TiledRegressor(Ridge()),
    TiledClassifier(GaussianNB()),
]

# Their features take so long that the many fits of the checks take minutes.
SLOW_ESTIMATORS = [
    DiivineFeatures(),
    FriqueeFeatures(),
    IlNiqeDistance(block_size=12, image_size=12),
]
