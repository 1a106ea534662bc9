from ._classifier import CNNClassifier as CNNClassifier
from ._deepqa import DeepQA as DeepQA
from ._pretrained_network import PretrainedNetwork as PretrainedNetwork
from ._ranker import PatchRanker as PatchRanker
from ._regressor import CNNRegressor as CNNRegressor
from ._residual_network import CooccurrenceNetwork as CooccurrenceNetwork
from ._vgg import PretrainedVGG16 as PretrainedVGG16
from .layers._network import Architecture as Architecture
