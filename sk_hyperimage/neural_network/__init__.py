"""Convolutional networks as scikit-learn predictors."""

from sk_hyperimage.neural_network._classifier import CNNClassifier
from sk_hyperimage.neural_network._ranker import PatchRanker
from sk_hyperimage.neural_network._regressor import CNNRegressor
from sk_hyperimage.neural_network._vgg import PretrainedVGG16

__all__ = ["CNNClassifier", "CNNRegressor", "PatchRanker", "PretrainedVGG16"]
