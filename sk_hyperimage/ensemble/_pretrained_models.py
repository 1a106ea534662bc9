"""The models on pretrained networks of the quality survey (Table III), ready to fit."""

from __future__ import annotations

import os
from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVR

from sk_hyperimage._typing import Seed
from sk_hyperimage.ensemble._pooling import PatchPoolingRegressor
from sk_hyperimage.feature_extraction import PatchExtractor, PretrainedFeatures
from sk_hyperimage.neural_network import CNNRegressor, PretrainedNetwork
from sk_hyperimage.neural_network.trunks import NETWORKS
from sk_hyperimage.utils._sklearn import StrOptions, validate_params

# Random crops of an image that are described for the support vector regression.
N_CROPS = 25
WAYS = ("svr", "fine_tuned")
# Epochs are the survey's; the penalty is that of the toolbox of one of its authors.
TRAINING: dict[str, dict[str, Any]] = {
    "alexnet": {"max_epochs": 8, "alpha": 5e-4},
    "resnet50": {"max_epochs": 6, "alpha": 1e-4},
}


@validate_params(
    {
        "name": [StrOptions({f"{network}_{way}" for network in TRAINING for way in WAYS})],
        "path": [str, os.PathLike, None],
        "grid_shape": [tuple, list],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def pretrained_model(
    name: str,
    path: str | os.PathLike | None = None,
    *,
    grid_shape: tuple[int, int] = (10, 10),
    random_state: Seed = None,
) -> Pipeline:
    """A model of the quality survey on a network that was trained on ImageNet, not yet fitted.

    Parameters
    ----------
    name : {"alexnet_svr", "resnet50_svr", "alexnet_fine_tuned", "resnet50_fine_tuned"}
        The row of Table III.
    path : str or path-like, default=None
        File of the network's weights, as in
        :class:`~sk_hyperimage.neural_network.PretrainedNetwork`.
    grid_shape : tuple of int, default=(10, 10)
        Crops along rows and columns, of the models that are fine-tuned: in all 100, and 30 on
        TID2013, which is (5, 6).
    random_state : int, RandomState instance or None, default=None
        Seed of crops and of training.

    Returns
    -------
    model : Pipeline
        A regressor of RGB images of any size from that of a crop: 227 pixels for AlexNet, 224
        for ResNet-50. Every parameter can be set: ``model.set_params(...)``.

    Raises
    ------
    ValueError
        If there is no such row.

    Notes
    -----
    As in the survey: 25 random crops are described by "fc6" or "pool" and averaged, and an SVR
    reads the mean; or the network is trained on crops that inherit the score of their image, with
    the squared error of scores scaled to [0, 1], one dropout of 0.5 before the last layer, batches
    of 48, a learning rate of 0.001, 8 epochs for AlexNet and 6 for ResNet-50, and scores of crops
    are averaged.

    Not as in the survey: to fine-tune, it draws 100 crops at random in training and 25 others in
    testing; here an even grid of overlapping crops serves for both, because patch pooling draws
    none at random. Not stated by it: kernel and parameters of the SVR, which
    are scikit-learn's, on features and scores scaled to [0, 1]; momentum, here 0.9 without
    Nesterov's; the penalty on weights, here 5e-4 for AlexNet and 1e-4 for ResNet-50.

    Published, SROCC and PLCC on LIVE Challenge, means of ten splits: 0.769 and 0.790 for
    "alexnet_svr", 0.806 and 0.825 for "resnet50_svr", 0.748 and 0.779 for "alexnet_fine_tuned",
    0.819 and 0.849 for "resnet50_fine_tuned".

    References
    ----------
    J. Kim, H. Zeng, D. Ghadiyaram, S. Lee, L. Zhang and A. C. Bovik, "Deep convolutional neural
    models for picture-quality prediction", IEEE Signal Processing Magazine 34(6), 2017.

    Examples
    --------
    >>> from sk_hyperimage.ensemble import pretrained_model
    >>> model = pretrained_model("resnet50_svr", "resnet50-0676ba61.pth", random_state=0)
    >>> model[0].crops, model[0].network
    (25, 'resnet50')
    """
    network, _, way = name.partition("_")
    if way == "svr":
        features = PretrainedFeatures(network, path=path, crops=N_CROPS, random_state=random_state)
        return make_pipeline(features, MinMaxScaler(), in_unit_interval(SVR()))
    cnn = CNNRegressor(
        PretrainedNetwork(network, path=path, dropout=0.5),
        loss="squared_error",
        normalize_y=False,
        learning_rate="constant",
        learning_rate_init=1e-3,
        nesterovs_momentum=False,
        decay=0.0,
        batch_size=48,
        early_stopping=False,
        random_state=random_state,
        **TRAINING[network],
    )
    return make_pipeline(
        PatchExtractor(NETWORKS[network].crop_size, grid_shape=grid_shape),
        PatchPoolingRegressor(in_unit_interval(cnn)),
    )


def in_unit_interval(regressor: Any) -> TransformedTargetRegressor:
    """A regressor that learns y scaled to [0, 1]."""
    return TransformedTargetRegressor(regressor, transformer=MinMaxScaler())
