"""Models small enough to be fitted for every test."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.pipeline import make_pipeline

from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor

SMALL = {"max_epochs": 2, "learning_rate_init": 0.05, "random_state": 0}
STAGE_ONE = CNNRegressor("C(4) MP(8) FC(6) FC(1,linear)", **SMALL)
STAGE_TWO = CNNRegressor("C(5) MP(2) FC(8,tanh) FC(1,linear)", batch_size=7, **SMALL)
LINEAR = CNNRegressor("FC(1,linear)", **SMALL)
CLASSIFIER_ONE = CNNClassifier("C(4) MP(8) FC(6) FC(1,sigmoid)", **SMALL)


class Means(RegressorMixin, BaseEstimator):
    """A patch stage that is known by hand: a patch is scored and described by its mean."""

    def fit(self, X, y):
        self.n_patches_ = len(X)
        return self

    def predict(self, X):
        return np.array([patch.mean() for patch in X])

    def embed(self, X):
        return self.predict(X)[:, np.newaxis].astype(np.float32)


def fitted_pipeline(images, y, stage_one, stage_two, overlap=0.5):
    """Both stages on patches of 8 x 8."""
    extractor = PatchExtractor(8, overlap=overlap)
    model = make_pipeline(extractor, HyperImageEncoder(stage_one), clone(stage_two))
    return model.fit(images, y)
