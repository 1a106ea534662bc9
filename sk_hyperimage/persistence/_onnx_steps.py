"""Which fitted steps an ONNX file can hold, and the torch module that each becomes."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, StandardScaler
from sklearn.svm import SVR
from torch import nn

from sk_hyperimage._typing import Floats
from sk_hyperimage.ensemble import HyperImageClassifier, HyperImageRegressor
from sk_hyperimage.feature_extraction import (
    HyperImageCovariance,
    HyperImageEncoder,
    HyperImageStatistics,
    PatchExtractor,
)
from sk_hyperimage.images import Windows
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.neural_network._fitted import FittedCNN
from sk_hyperimage.neural_network.aggregation._dense import described_by
from sk_hyperimage.persistence import _onnx_modules as modules
from sk_hyperimage.preprocessing import LocalContrastNormalizer, LuminanceAndContrast


class Flow(NamedTuple):
    """What comes into a step.

    Parameters
    ----------
    shape : tuple of int
        Of one image or hyper-image.
    windows : Windows, default=None
        Where patches lie, between a PatchExtractor and the encoder.
    """

    shape: tuple[int, ...]
    windows: Windows | None = None


Exported = tuple[nn.Module, Flow]


@singledispatch
def module_of(step: Any, flow: Flow) -> Exported:
    """The module of a fitted step, and what comes out of it.

    Raises
    ------
    TypeError
        If an ONNX file cannot hold a step of this kind.
    ValueError
        If it cannot hold this one, or images of this shape.
    """
    raise TypeError(
        f"save_onnx cannot export {type(step).__name__}; it exports LocalContrastNormalizer, "
        f"LuminanceAndContrast, PatchExtractor, HyperImageEncoder, HyperImageStatistics, "
        f"HyperImageCovariance, CNNRegressor, CNNClassifier, FunctionTransformer of numpy.clip, "
        f"StandardScaler, MaxAbsScaler, SVR and LogisticRegression, in HyperImageRegressor, "
        f"HyperImageClassifier, Pipeline, FeatureUnion and TransformedTargetRegressor"
    )


def in_a_row(steps: Iterable[Any], flow: Flow) -> Exported:
    """The modules of several steps as one; None and "passthrough" are left out."""
    found: list[nn.Module] = []
    for step in steps:
        if step is not None and step != "passthrough":
            module, flow = module_of(step, flow)
            found.append(module)
    return nn.Sequential(*found), flow


@module_of.register
def _of_pipeline(step: Pipeline, flow: Flow) -> Exported:
    return in_a_row((part for _, part in step.steps), flow)


@module_of.register(HyperImageRegressor)
@module_of.register(HyperImageClassifier)
def _of_hyper_image(step: Any, flow: Flow) -> Exported:
    parts = step.normalizer_, step.extractor_, step.encoder_, step.final_estimator_
    return in_a_row(parts, flow)


@module_of.register
def _of_frozen_estimator(step: FrozenEstimator, flow: Flow) -> Exported:
    return module_of(step.estimator, flow)


@module_of.register(GridSearchCV)
@module_of.register(RandomizedSearchCV)
def _of_search(step: Any, flow: Flow) -> Exported:
    return module_of(step.best_estimator_, flow)


@module_of.register
def _of_local_contrast_normalizer(step: LocalContrastNormalizer, flow: Flow) -> Exported:
    eps = float(step.eps)
    return modules.Normalize(step.weights_, eps, step.data_range, step.padding), flow


@module_of.register
def _of_luminance_and_contrast(step: LuminanceAndContrast, flow: Flow) -> Exported:
    if step._output_channels() != 2:
        raise ValueError("save_onnx exports models of images, not of pairs")
    rows, cols, n_channels = flow.shape
    luminance = modules.Luminance(n_channels, step.data_range)
    contrast, _ = module_of(step.normalizer_, flow)
    both = modules.SideBySide([nn.Identity(), contrast])
    return nn.Sequential(luminance, both), Flow((rows, cols, 2))


@module_of.register
def _of_patch_extractor(step: PatchExtractor, flow: Flow) -> Exported:
    rows, cols, _ = flow.shape
    if step.grid_.scaled_shape((rows, cols)) != (rows, cols):  # raises where it is too small
        raise ValueError(
            f"image_shape of {rows} x {cols} is larger than the largest image of fit, "
            f"{step.grid_.max_shape[0]} x {step.grid_.max_shape[1]}, so that predict scales such "
            f"images down, which save_onnx cannot export"
        )
    return nn.Identity(), Flow(flow.shape, step.grid_.windows((rows, cols)))


@module_of.register
def _of_hyper_image_encoder(step: HyperImageEncoder, flow: Flow) -> Exported:
    net = step.patch_estimator_
    if isinstance(net, FrozenEstimator):
        net = net.estimator
    if not isinstance(net, FittedCNN):
        raise TypeError(
            f"save_onnx cannot export {type(net).__name__} as the patch_estimator of a "
            f"{type(step).__name__}; it exports networks there"
        )
    if flow.windows is None:
        raise ValueError(f"save_onnx exports {type(step).__name__} after a PatchExtractor only")
    patch_shape = *flow.windows.shape, flow.shape[2]
    net._check_sample_shape(patch_shape)
    module = modules.Describe(_network(net), flow.windows, described_by(net, step.layer))
    with torch.inference_mode():
        shape = module(torch.zeros(1, *flow.shape)).shape[1:]
    return module, Flow(tuple(shape))


def _network(estimator: FittedCNN) -> nn.Module:
    """A copy of a fitted network, on the processor."""
    module = deepcopy(estimator.net_.module_).cpu().eval()
    if next(module.parameters()).dtype != torch.float32:
        raise ValueError(
            f"save_onnx exports networks of float32, but this {type(estimator).__name__} was "
            f"fitted on float64 images; fit it on float32 or uint8 ones"
        )
    return module


@module_of.register
def _of_cnn_regressor(step: CNNRegressor, flow: Flow) -> Exported:
    step._check_sample_shape(flow.shape)
    decode = modules.Affine(0, step.y_scale_, step.y_mean_), modules.FirstColumn()
    return nn.Sequential(_network(step), *decode), Flow(())


@module_of.register
def _of_cnn_classifier(step: CNNClassifier, flow: Flow) -> Exported:
    step._check_sample_shape(flow.shape)
    return nn.Sequential(_network(step), modules.Probabilities()), Flow((len(step.classes_),))


@module_of.register
def _of_hyper_image_statistics(step: HyperImageStatistics, flow: Flow) -> Exported:
    projection = None if step.pca_ is None else (step.pca_.mean_, step.pca_.components_)
    rows, cols, _ = flow.shape
    module = modules.Statistics((rows, cols), projection, list(step.regions), list(step.quantiles))
    return module, Flow((len(step.get_feature_names_out()),))


@module_of.register
def _of_hyper_image_covariance(step: HyperImageCovariance, flow: Flow) -> Exported:
    module = modules.Covariance(step.pca_.mean_, step.pca_.components_, step._spread())
    return module, Flow((len(step.get_feature_names_out()),))


@module_of.register
def _of_feature_union(step: FeatureUnion, flow: Flow) -> Exported:
    weights = step.transformer_weights or {}
    parts = [
        nn.Sequential(module_of(part, flow)[0], modules.Affine(factor=weights.get(name, 1)))
        for name, part in step.transformer_list
        if part != "drop"
    ]
    return modules.SideBySide(parts), Flow(())


@module_of.register
def _of_standard_scaler(step: StandardScaler, flow: Flow) -> Exported:
    mean, scale = mean_and_scale(step)
    return modules.Affine(mean, 1 / scale), flow


def mean_and_scale(scaler: StandardScaler) -> tuple[Floats, Floats]:
    """What a scaler subtracts from every column, and then divides it by."""
    mean = 0 if scaler.mean_ is None or not scaler.with_mean else scaler.mean_
    scale = 1 if scaler.scale_ is None else scaler.scale_
    return np.asarray(mean), np.asarray(scale)


@module_of.register
def _of_max_abs_scaler(step: MaxAbsScaler, flow: Flow) -> Exported:
    return modules.Affine(0, 1 / step.scale_), flow


@module_of.register
def _of_function_transformer(step: FunctionTransformer, flow: Flow) -> Exported:
    if step.func is not np.clip:
        raise TypeError(f"save_onnx exports FunctionTransformer of numpy.clip, not of {step.func}")
    return modules.Clip(**step.kw_args), flow


@module_of.register
def _of_svr(step: SVR, flow: Flow) -> Exported:
    if step.kernel != "rbf":
        raise ValueError(f"save_onnx exports SVR with kernel='rbf', not {step.kernel!r}")
    module = modules.RBFMachine(
        step.support_vectors_, step.dual_coef_[0], step.intercept_[0], step._gamma
    )
    return module, Flow(())


@module_of.register
def _of_logistic_regression(step: LogisticRegression, flow: Flow) -> Exported:
    if step.solver == "liblinear" and len(step.classes_) > 2:
        raise ValueError("save_onnx exports LogisticRegression of two classes with liblinear")
    linear = modules.Linear(step.coef_, step.intercept_)
    return nn.Sequential(linear, modules.Probabilities()), Flow((len(step.classes_),))


@module_of.register
def _of_transformed_target_regressor(step: TransformedTargetRegressor, flow: Flow) -> Exported:
    scaler = step.transformer_
    if not isinstance(scaler, StandardScaler):
        raise TypeError(
            f"save_onnx exports TransformedTargetRegressor with transformer=StandardScaler(), "
            f"not {scaler!r}"
        )
    module, flow = module_of(step.regressor_, flow)
    mean, scale = mean_and_scale(scaler)
    return nn.Sequential(module, modules.Affine(0, scale, mean)), flow
