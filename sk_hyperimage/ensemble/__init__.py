"""Predictors made of predictors: patch pooling, and both stages of a hyper-image in one object."""

from sk_hyperimage.ensemble._hyper_image import HyperImageClassifier, HyperImageRegressor
from sk_hyperimage.ensemble._pooling import PatchPoolingClassifier, PatchPoolingRegressor

__all__ = [
    "HyperImageClassifier",
    "HyperImageRegressor",
    "PatchPoolingClassifier",
    "PatchPoolingRegressor",
]
