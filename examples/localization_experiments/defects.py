"""Models of defects on a surface, and the simple ways that they are compared with."""

import numpy as np
import sklearn
from models import Competitor
from scipy.special import logit
from skimage.feature import hog, multiscale_basic_features
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from sk_hyperimage.ensemble import HyperImageClassifier, PatchPoolingClassifier
from sk_hyperimage.feature_extraction import InsideMasks, PatchExtractor
from sk_hyperimage.images import read_image
from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.preprocessing import ImageResizer

HOG, FOREST = "HOG + SVM", "Forest of pixels"
END_TO_END = "End-to-end CNN"
DEFAULT = "Two-stage, the default"
OF_MASKS, ANY_PATCH = "Two-stage, masks", "Any patch, masks"
EITHER = "Any patch, masks, or the default"

# Of 32 x 32 pixels, at every eighth; fine enough for a scratch.
PATCHES = PatchExtractor(32, overlap=0.75)
LAYERS = "C(16,5,1,relu,valid) MP(2) C(32,5,1,relu,valid) MP(2) C(48,3,1,relu,valid) FC(64) FC(1)"
WHOLE_TILE = "C(16) MP(2) C(32) MP(2) C(48) MP(2) C(64) MP(2) C(64) MP(16) FC(64) FC(1,sigmoid)"


def of_tiles(setting, *, reencodes, device):
    """Models that learn from labels alone, and those that learn from masks as well."""
    adam = {"solver": "adam", "learning_rate": "cosine", "learning_rate_init": 1e-3}
    adam |= {"device": device}
    of_patches, _, whole = setting.epochs
    network = CNNClassifier(LAYERS, max_epochs=of_patches, augmentation="symmetries", **adam)
    inside = InsideMasks(0.3, 0.02, center=0.25, max_per_image=24)
    any_patch = Pipeline(
        [
            ("patches", PATCHES),
            (
                "classify",
                PatchPoolingClassifier(network, "max", supervision=inside, random_state=0),
            ),
        ]
    )
    default = HyperImageClassifier(device=device, random_state=0)
    end_to_end = CNNClassifier(
        WHOLE_TILE,
        max_epochs=whole,
        augmentation="symmetries",
        class_weight="balanced",
        random_state=0,
        **adam,
    )
    return {
        HOG: Competitor(
            Pipeline(
                [
                    ("resize", ImageResizer((128, 128))),
                    ("hog", FunctionTransformer(oriented_gradients)),
                    ("scale", StandardScaler()),
                    ("classify", SVC(C=10, class_weight="balanced")),
                ]
            )
        ),
        END_TO_END: Competitor(
            Pipeline([("resize", ImageResizer((256, 256))), ("classify", end_to_end)]),
            ["validation_mask"],
        ),
        DEFAULT: Competitor(default, ["groups"]),
        FOREST: Competitor(PixelForest(random_state=0), ["masks"]),
        OF_MASKS: Competitor(
            HyperImageClassifier(
                "passthrough",
                PATCHES,
                network,
                supervision=inside,
                random_state=0,
            ),
            ["masks", "groups"],
        ),
        ANY_PATCH: Competitor(any_patch, ["masks", "groups"]),
        EITHER: Competitor(EitherOpinion(any_patch, default), ["masks", "groups"]),
    }


def oriented_gradients(images):
    """Histograms of oriented gradients in cells of 16 x 16 pixels, (n, n_features)."""
    return np.stack([hog(image[..., 0], pixels_per_cell=(16, 16)) for image in images])


class EitherOpinion(ClassifierMixin, BaseEstimator):
    """What a patch shows, or the whole: log-odds of two models, added.

    A patch shows a crack or a hole, and not that a surface is uneven; the whole shows this, and
    hardly a crack. Each is sure of what it sees.
    """

    __metadata_request__fit = {"masks": True, "groups": True}

    def __init__(self, of_patches, of_whole):
        self.of_patches = of_patches
        self.of_whole = of_whole

    def fit(self, X, y, masks, groups=None):
        with sklearn.config_context(enable_metadata_routing=True):
            self.of_patches_ = clone(self.of_patches).fit(X, y, masks=masks, groups=groups)
        self.of_whole_ = clone(self.of_whole).fit(X, y, groups=groups)
        self.classes_ = self.of_whole_.classes_
        return self

    def pixel_maps(self, X):
        return patch_maps(self.of_patches_, X)

    def decision_function(self, X):
        shares = np.stack([m.predict_proba(X)[:, 1] for m in (self.of_patches_, self.of_whole_)])
        return logit(np.clip(shares, 1e-6, 1 - 1e-6)).sum(axis=0)

    def predict(self, X):
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


class PixelForest(ClassifierMixin, BaseEstimator):
    """Pixels inside and outside masks, told apart by filters of several widths around each.

    This is trainable segmentation as microscopists know it. An image is as damaged as its most
    suspicious pixels.
    """

    __metadata_request__fit = {"masks": True}

    def __init__(self, n_each=200, random_state=None):
        self.n_each = n_each
        self.random_state = random_state

    def fit(self, X, y, masks):
        rng = np.random.default_rng(self.random_state)
        found, labels = [], []
        for path, mask in zip(X, masks, strict=True):
            features = pixel_features(path)
            inside = np.zeros(features.shape[:2], bool) if mask is None else read_mask(mask)
            for side in (inside, ~inside):
                pixels = rng.permutation(np.argwhere(side))[: self.n_each]
                found.append(features[tuple(pixels.T)])
                labels.append(np.full(len(pixels), side is inside))
        self.forest_ = RandomForestClassifier(
            50, min_samples_leaf=5, class_weight="balanced", random_state=self.random_state
        ).fit(np.concatenate(found), np.concatenate(labels))
        self.classes_ = np.unique(y)
        return self

    def pixel_maps(self, X):
        maps = []
        for path in X:
            features = pixel_features(path)
            inside = self.forest_.predict_proba(features.reshape(-1, features.shape[-1]))[:, 1]
            maps.append(inside.reshape(features.shape[:2]))
        return maps

    def decision_function(self, X):
        return np.array([np.quantile(of_image, 0.995) - 0.5 for of_image in self.pixel_maps(X)])

    def predict(self, X):
        return self.classes_[(self.decision_function(X) > 0).astype(int)]


def pixel_features(path):
    """Smoothed intensity, gradients and eigenvalues of the Hessian at five scales, as floats."""
    return multiscale_basic_features(
        np.atleast_3d(read_image(path))[..., 0], sigma_min=1, sigma_max=16
    )


def read_mask(path):
    return np.atleast_3d(read_image(path)).any(axis=2)
