from ._group_ensemble import GroupEnsembleRegressor as GroupEnsembleRegressor
from ._hyper_image import HyperImageClassifier as HyperImageClassifier
from ._hyper_image import HyperImageRegressor as HyperImageRegressor
from ._pooling import PatchPoolingClassifier as PatchPoolingClassifier
from ._pooling import PatchPoolingRegressor as PatchPoolingRegressor
from ._recast import network_of as network_of
from ._residual_cnn import ResidualCNNClassifier as ResidualCNNClassifier
