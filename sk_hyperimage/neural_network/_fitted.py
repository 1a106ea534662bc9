"""A network once it is fitted: its weights, the net that holds them, and what that computes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import ImagesLike
from sk_hyperimage.images import PatchSequence, Samples
from sk_hyperimage.neural_network._own_modules import check_module, described
from sk_hyperimage.neural_network._tasks import Task
from sk_hyperimage.neural_network._weights import (
    WeightsLike,
    arrays_of,
    as_data,
    holds,
    load_weights,
)
from sk_hyperimage.neural_network.aggregation._dense import embed_grids, shares_layers
from sk_hyperimage.neural_network.layers import Architecture, LayeredNet, make_module
from sk_hyperimage.neural_network.training._batches import Source
from sk_hyperimage.neural_network.training._device_patches import as_tensor
from sk_hyperimage.neural_network.training._devices import present_device
from sk_hyperimage.neural_network.training._memory import prediction_batch_floats
from sk_hyperimage.neural_network.training._net import Net
from sk_hyperimage.neural_network.training._prediction import Compute, results_of
from sk_hyperimage.neural_network.training._reproducible import reproducible
from sk_hyperimage.utils._gathered import gathered
from sk_hyperimage.utils._validation import check_images


class FittedCNN(BaseEstimator):
    """What a CNN estimator is and does once its network is there.

    Attributes
    ----------
    description_layer : int
        Layer with weights that describes a sample where none is named.
    """

    description_layer: ClassVar[int] = -2

    layers: str | torch.nn.Module | Architecture | Callable[..., torch.nn.Module]
    batch_size: int
    precision: str
    compile: bool
    device: str
    verbose: int

    @property
    def _task(self) -> Task:
        """Meaning of the outputs, once y is known."""
        raise NotImplementedError

    def _store_weights(self) -> None:
        """Keep the module's weights as arrays, which pickle, hash and travel between devices."""
        module, stored = self._net.module_, vars(self).get("weights_")
        if stored is None or not holds(module, stored):
            self.__dict__["weights_"] = arrays_of(module)

    @property
    def weights_(self) -> dict[str, np.ndarray]:
        """The weights by name, as the net now has them; what is assigned goes into the net."""
        if "_net" in vars(self):
            self._store_weights()
        if "weights_" not in vars(self):
            raise AttributeError(f"this {type(self).__name__} is not fitted: it has no weights_")
        return vars(self)["weights_"]

    @weights_.setter
    def weights_(self, weights: WeightsLike) -> None:
        load_weights(self.net_.module_, weights, "weights_")

    @property
    def net_(self) -> Net:
        """The skorch net that holds the trained module; built anew after unpickling."""
        check_is_fitted(self, "fitted_layers_")
        net = getattr(self, "_net", None)
        if net is None:
            with reproducible():  # weights are drawn before they are loaded; threads take turns
                net = getattr(self, "_net", None)
                if net is None:
                    net = self._net = self._rebuilt_net()
        return net

    def _make_module(
        self, layers: Any, samples: Samples | None = None, *, fitted: bool = False
    ) -> torch.nn.Module:
        """The network with weights drawn at random, or about to be loaded if `fitted`.

        One that is not in the notation is tried on two of the `samples`, where they are given.
        """
        module = make_module(layers, self.input_shape_, self._task.n_outputs, fitted=fitted)
        if samples is not None and not isinstance(module, LayeredNet):
            two = samples.take(np.array([0, len(samples) - 1])).reshape(-1, *self.input_shape_)
            check_module(module, as_tensor(two), self._task)
        return module

    def _rebuilt_net(self) -> Net:
        module = self._make_module(self.fitted_layers_, fitted=True)
        weights = {name: torch.tensor(array) for name, array in self.weights_.items()}
        dtype = next(tensor.dtype for tensor in weights.values() if tensor.is_floating_point())
        module.to(dtype=dtype).load_state_dict(weights)
        return self._net_of(module)

    def _net_of(self, module: torch.nn.Module) -> Net:
        """A net that predicts with a module."""
        if self.compile:
            module.compile()
        device = present_device(self.device)
        return Net(module, self._task, device=device, precision=self.precision).initialize()

    def _outputs(self, X: ImagesLike) -> np.ndarray:
        """Outputs of the network, (n_samples, n_outputs); overlapping patches share layers."""
        if isinstance(X, PatchSequence) and X.grids.grid.overlaps:
            if shares_layers(self.net_.module_, X.grids, layer=-1):
                return embed_grids(self, X.grids, layer=-1)
        return self._forward(X, lambda module, batch: module(batch))

    def _forward(
        self, X: ImagesLike, compute: Compute, temp_folder: str | None = None
    ) -> np.ndarray:
        """Concatenate the results of `compute(module, batch)` for batches of X."""
        check_is_fitted(self, "fitted_layers_")
        samples = check_images(X, self, reset=False)
        shape = self._check_sample_shape(sample_shape(samples))
        device = present_device(self.device)
        step = max(self.batch_size, prediction_batch_floats(device) // int(np.prod(shape)))
        step = min(step, len(samples))
        rows = np.arange(len(samples))
        of_batches = [rows[start : start + step] for start in rows[::step]]
        batches = Source(samples, device).batches(of_batches)
        return self._results(batches, len(samples), compute, temp_folder)

    def _results(
        self,
        batches: Iterable[torch.Tensor],
        n_rows: int,
        compute: Compute,
        temp_folder: str | None = None,
    ) -> np.ndarray:
        """The results of `compute(module, batch)` in one array of `n_rows`."""
        results = results_of(
            self.net_,
            batches,
            n_rows,
            compute,
            precision=self.precision,
            name=type(self).__name__,
            progress=self.verbose > 0,
        )
        return gathered(results, n_rows, temp_folder)

    def _check_sample_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        of_any_grid = self.reads_any_grid_ and shape[2:] == self.input_shape_[2:]
        if shape != self.input_shape_ and not of_any_grid:
            raise ValueError(
                f"X holds samples of shape {shape} but {type(self).__name__} was fitted on "
                f"samples of shape {self.input_shape_}"
            )
        return shape

    @property
    def reads_any_grid_(self) -> bool:
        """Whether predictions may be of samples with other rows and columns than in `fit`.

        True of a network that begins with ``Mean``, ``MeanStd`` or ``WeightedMean``, or has only
        layers before it that see one cell at a time.
        """
        return bool(getattr(self.net_.module_, "takes_any_grid", False))

    def embed(
        self, X: ImagesLike, layer: int | None = None, *, temp_folder: str | None = None
    ) -> np.ndarray:
        """Activations of one layer of the fitted network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)
            Samples of the shape seen in `fit`.
        layer : int, default=None
            Which layer with weights. None is the estimator's own description of a sample, its
            `description_layer`: the last but one, as in the paper, and of a ranker the last.
        temp_folder : str, default=None
            An existing folder for the activations, as for
            :class:`~sk_hyperimage.feature_extraction.HyperImageEncoder`.

        Returns
        -------
        activations : ndarray of shape (n_samples, n_units), or (n_samples, n_rows, n_cols, \
n_filters) for a convolution
            After the layer's activation function and without dropout.
        """
        layer = self.description_layer if layer is None else layer
        return self._forward(X, lambda module, batch: described(module, batch, layer), temp_folder)

    def __getstate__(self) -> dict[str, Any]:
        # Without torch objects the state hashes alike in every process and moves between devices.
        if "_net" in vars(self):
            self._store_weights()
        state = {key: value for key, value in super().__getstate__().items() if key != "_net"}
        return state | {"initial_weights": as_data(state.get("initial_weights"))}


def sample_shape(samples: Samples) -> tuple[int, ...]:
    """Shape that all samples share.

    Raises
    ------
    ValueError
        If they differ.
    """
    if samples.sample_shape is None:
        raise ValueError(
            "the images of X differ in size; a CNN takes samples of one size: cut patches with a "
            "PatchExtractor or resize the images first"
        )
    return tuple(samples.sample_shape)
