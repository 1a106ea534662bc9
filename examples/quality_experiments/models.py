"""The competitors of Table 2, each with its ways to predict."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import paper
from joblib import Memory
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.svm import SVR

from sk_hyperimage import architectures as arch
from sk_hyperimage.datasets import load_image_folder
from sk_hyperimage.ensemble import HyperImageRegressor, classical_model
from sk_hyperimage.feature_extraction import IlNiqeDistance, NiqeDistance, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor, PretrainedVGG16
from sk_hyperimage.preprocessing import LocalContrastNormalizer

# A second stage for grids of about 9 x 9 patches, which those of the paper are too deep for.
SMALL_STAGE2 = "C(64,1) 2xC(64) MP(2) C(64) MP(4) FC(200) Drop(0.5) FC(1,linear)"

# The paper's way of training is the default of a CNNRegressor. This one takes a tenth of the time.
FAST_PATCHES = {
    "solver": "adam",
    "learning_rate": "cosine",
    "learning_rate_init": 1e-3,
    "batch_size": 64,
}
FAST_IMAGES = FAST_PATCHES | {"learning_rate_init": 3e-4, "batch_size": 20}


@dataclass(frozen=True)
class Setting:
    """What the command line and the experiment say about models."""

    extractor: PatchExtractor
    second_stage: str
    epochs: tuple[int, int]
    is_fast: bool
    augmentation: str | None
    device: str = "auto"
    n_words: int = 1000
    vgg_weights: str | None = None
    pristine: str | None = None
    store: str | None = None

    @property
    def memory(self):
        """What is learned from images alone, and so alike in all splits, kept where these are."""
        return Memory(self.store and Path(self.store, "descriptions"), verbose=0)


@dataclass(frozen=True)
class Competitor:
    """An estimator, which patches or kinds train it, and the models that it holds.

    Features with a support vector machine are the simple ones that others have to beat.

    Where there is a `description` that learns from no image, or from `pristine` ones, it describes
    images once, for all splits, and the estimator reads that.
    """

    estimator: Any
    methods: dict
    patches: str | None = None
    learns_kinds: bool = False
    is_simple: bool = False
    description: Any = None
    pristine: Any = None

    @property
    def model(self):
        """The estimator of images."""
        if self.description is None:
            return self.estimator
        return Pipeline([("features", self.description), ("regress", self.estimator)])


def mean_of_patches(model, images):
    """Patch averaging: what the first stage of a two-stage model says by itself."""
    return model.predict_patches(images).mean(axis=(1, 2))


def two_stage(setting, layers=arch.KANG2014, normalizer=None, **first_training):
    """Both stages; the normalizer is that of Eq. 4 unless told otherwise."""
    first_epochs, second_epochs = setting.epochs
    return HyperImageRegressor(
        normalizer,
        setting.extractor,
        CNNRegressor(
            layers,
            max_epochs=first_epochs,
            device=setting.device,
            **((FAST_PATCHES if setting.is_fast else {}) | first_training),
        ),
        CNNRegressor(
            setting.second_stage,
            max_epochs=second_epochs,
            device=setting.device,
            augmentation=setting.augmentation,
            **(FAST_IMAGES if setting.is_fast else {}),
        ),
        random_state=0,
    )


def unselected(setting):
    """Kang et al.: every patch inherits the score of its image; the scores are averaged."""
    methods = {paper.CNN: mean_of_patches, "CNN + stage two": "predict"}
    return Competitor(two_stage(setting), methods, patches="random")


def selected(setting):
    """The same on selected patches, and the paper's proposal."""
    methods = {paper.SELECTED: mean_of_patches, paper.TWO_STAGE: "predict"}
    return Competitor(two_stage(setting), methods, patches="selected")


def by_default(setting):
    """The package's default for scores, for which nothing is chosen here."""
    methods = {"Patch mean of the default": mean_of_patches, "Two-stage, the default": "predict"}
    return Competitor(HyperImageRegressor(device=setting.device, random_state=0), methods)


def vgg(setting):
    """VGG-16 as first stage, on pixels that are not normalized (Experiment 5)."""
    if setting.vgg_weights is None:
        layers = arch.VGG16_STAGE1
    else:
        layers = PretrainedVGG16("IMAGENET1K_FEATURES", path=setting.vgg_weights)
    estimator = two_stage(setting, layers, "passthrough", batch_size=256, learning_rate_init=0.01)
    methods = {"VGG-16": mean_of_patches, "VGG-16 + stage two": "predict"}
    return Competitor(estimator, methods, patches="selected")


def end_to_end(name, layers):
    """A network on whole images, from scratch (Experiment 4)."""

    def competitor(setting):
        network = CNNRegressor(
            layers,
            max_epochs=setting.epochs[1],
            device=setting.device,
            random_state=0,
            **(FAST_IMAGES if setting.is_fast else {}),
        )
        steps = [("normalize", LocalContrastNormalizer()), ("network", network)]
        return Competitor(Pipeline(steps), {name: "predict"})

    return competitor


# Features that learn from the images of the training part.
LEARN_WORDS = ("CORNIA", "HOSA")


def classical(method, grid, name=None, **parameters):
    """Features and a support vector regression, its C chosen inside the training part."""

    def competitor(setting):
        model = classical_model(method, random_state=0).set_params(**parameters)
        if method == "CORNIA":
            model.set_params(features__n_words=setting.n_words)
        search = GridSearchCV(
            model[1:],
            {"regress__regressor__C": grid},
            cv=GroupKFold(3),
            scoring="neg_root_mean_squared_error",
        )
        methods = {name or method: "predict"}
        if method in LEARN_WORDS:
            pipeline = Pipeline([("features", model["features"]), ("regress", search)])
            return Competitor(pipeline, methods, is_simple=True)
        return Competitor(search, methods, description=model["features"], is_simple=True)

    return competitor


def from_pristine(name, distance):
    """A distance from undamaged photographs; scores give it their direction and unit, no more."""

    def competitor(setting):
        photographs = load_image_folder(setting.pristine).images
        methods = {name: "predict"}
        return Competitor(
            LinearRegression(), methods, description=distance(), pristine=photographs
        )

    return competitor


def diivine(setting):
    """The kind of damage, then a score by kind: the two stages that DIIVINE was published with."""
    model = classical_model("DIIVINE")
    return Competitor(
        model[1:], {"DIIVINE": "predict"}, learns_kinds=True, description=model["features"]
    )


def bliinds2(setting):
    """The most probable score, which is that of a linear regression."""
    features = classical_model("BLIINDS-II")["features"]
    return Competitor(LinearRegression(), {"BLIINDS-II": "predict"}, description=features)


FOR_RBF, FOR_LINEAR = [1, 10, 100], [0.01, 0.1, 1]
bliinds2_svr = classical("BLIINDS-II", FOR_RBF, "BLIINDS-II, SVR")
diivine_svr = classical(
    "DIIVINE", FOR_RBF, "DIIVINE, one SVR", regress=classical_model("BRISQUE")["regress"]
)
friquee = classical("FRIQUEE-ALL", FOR_RBF)
brisque = classical("BRISQUE", FOR_RBF)
cornia = classical("CORNIA", FOR_LINEAR)
cornia_rbf = classical("CORNIA", FOR_RBF, "CORNIA, RBF kernel", regress__regressor=SVR())
gm_log = classical("GM-LOG", FOR_RBF)
hosa = classical("HOSA", [128])
niqe = from_pristine("NIQE", NiqeDistance)
ilniqe = from_pristine("IL-NIQE", IlNiqeDistance)
CLASSICAL = (bliinds2, bliinds2_svr, brisque, cornia, gm_log, hosa, friquee, niqe, ilniqe)
shallow = end_to_end("shallow", arch.TID_SHALLOW)
deep = end_to_end("deep", arch.TID_DEEP)


def patch_targets(which, images, similarity, max_per_image):
    """Scores of the patches to train on; NaN for the others.

    "random" patches are as many as "selected" ones, so that nothing differs but the choice.
    """
    from sk_hyperimage.feature_extraction import select_patches

    chosen = select_patches(similarity, images.target, max_per_image=max_per_image, random_state=0)
    if which == "random":
        kept = np.zeros(chosen.size, dtype=bool)
        kept[: np.isfinite(chosen).sum()] = True
        kept = np.random.default_rng(0).permutation(kept).reshape(chosen.shape)
        chosen = np.where(kept, images.target[:, None, None], np.nan)
    return chosen
