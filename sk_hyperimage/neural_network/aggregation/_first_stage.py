"""The first of two stages, looked at before either is trained."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from sk_hyperimage._typing import Estimator
from sk_hyperimage.images import PatchGrids, Samples
from sk_hyperimage.neural_network._own_modules import described
from sk_hyperimage.neural_network.aggregation._dense import described_by, shares_layers
from sk_hyperimage.neural_network.training._reproducible import reproducible


class FirstStage(NamedTuple):
    """How a first stage describes patches.

    Parameters
    ----------
    width : int or None
        Numbers that describe a patch; None for an estimator that is no network of ours.
    shares_layers : bool
        Whether overlapping patches can share layers, exactly: True for a network in the notation
        that starts with convolutions without a border, on lazy patch grids.
    """

    width: int | None
    shares_layers: bool


def first_stage(
    estimator: Estimator, grids: Samples, y: np.ndarray, layer: int | None = None
) -> FirstStage:
    """See how an estimator will describe patches, or describes them where it is fitted.

    Parameters
    ----------
    estimator : estimator
        Of any kind, fitted or not.
    grids : Samples of shape (n_images, U, V, patch rows, patch columns, n_channels)
    y : ndarray of shape (n_images,)
    layer : int, default=None
        Layer with weights that describes a patch; None is the estimator's own description.

    Returns
    -------
    stage : FirstStage

    Raises
    ------
    ValueError
        If the estimator's network cannot be made for these patches, or does not describe them by
        that layer.
    """
    module_before_training = getattr(estimator, "_module_before_training", None)
    if module_before_training is None:
        return FirstStage(None, False)
    patch_shape, layer = tuple(grids.shape[3:]), described_by(estimator, layer)
    module = module_before_training(patch_shape, y)
    weights = next(module.parameters())
    patches = torch.zeros(2, *patch_shape, dtype=weights.dtype, device=weights.device)
    with reproducible(), torch.inference_mode():
        try:
            descriptions = described(module.eval(), patches, layer)
        except ValueError:
            raise
        except Exception as error:  # a module of one's own may raise anything
            raise ValueError(
                f"layers cannot describe patches by layer={layer}: {error}"
            ) from error
    if not isinstance(descriptions, torch.Tensor) or len(descriptions) != 2:
        raise ValueError(
            f"embed(batch, layer) of layers must return a tensor with a row for each patch, "
            f"(n, ...); for 2 patches it gives {getattr(descriptions, 'shape', descriptions)}"
        )
    shared = isinstance(grids, PatchGrids) and shares_layers(module, grids, layer)
    return FirstStage(descriptions[0].numel(), shared)
