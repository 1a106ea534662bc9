"""What the CNN estimators share: a skorch net inside, scikit-learn's contract outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage.images import Samples
from sk_hyperimage.utils._holdout import validation_rows
from sk_hyperimage.utils._sklearn import Interval, StrOptions
from sk_hyperimage.utils._validation import check_images

if TYPE_CHECKING:
    import torch

    from sk_hyperimage.neural_network.training._loop import Net, TrainingPlan

# The paper trains its first stage, on patches, for 80 epochs with a patience of 20, and its
# second stage, on hyper-images, for 200 epochs with a patience of 40.
PATCH_SCHEDULE = {"max_epochs": 80, "n_iter_no_change": 20}
IMAGE_SCHEDULE = {"max_epochs": 200, "n_iter_no_change": 40}


class BaseCNN(BaseEstimator):
    """A convolutional network over channel-last samples.

    A subclass knows how many outputs its y needs (`_n_outputs`; None leaves `layers` as they
    are), how y becomes the target of a loss (`_encode_target`), and how outputs become
    predictions.
    """

    @property
    def _n_outputs(self) -> int | None:
        raise NotImplementedError

    __metadata_request__fit = {"sample_weight": True, "groups": True, "validation_mask": True}

    _parameter_constraints: dict = {
        "layers": "no_validation",  # a string, module, class or factory: checked when built
        "solver": [StrOptions({"sgd", "adam"})],
        "learning_rate": [StrOptions({"adaptive", "constant", "cosine"})],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "momentum": [Interval(Real, 0, 1, closed="left")],
        "nesterovs_momentum": ["boolean"],
        "decay": [Interval(Real, 0, None, closed="left")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "batch_by": [StrOptions({"sample", "image"})],
        "max_epochs": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "augmentation": [StrOptions({"horizontal", "flips", "symmetries"}), None],
        "precision": [StrOptions({"full", "bfloat16"})],
        "compile": ["boolean"],
        "device": [str],
        "callbacks": [list, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        layers,
        *,
        solver="sgd",
        learning_rate="adaptive",
        learning_rate_init=0.005,
        momentum=0.9,
        nesterovs_momentum=True,
        decay=1e-5,
        alpha=0.0,
        batch_size=50,
        batch_by="sample",
        max_epochs="auto",
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change="auto",
        augmentation=None,
        precision="full",
        compile=False,
        device="auto",
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        self.layers = layers
        self.solver = solver
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.decay = decay
        self.alpha = alpha
        self.batch_size = batch_size
        self.batch_by = batch_by
        self.max_epochs = max_epochs
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.augmentation = augmentation
        self.precision = precision
        self.compile = compile
        self.device = device
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def _fit(
        self,
        samples: Samples,
        y: np.ndarray,
        weight: np.ndarray,
        groups: Any,
        validation_mask: Any,
    ) -> None:
        """Build and train the network, once the subclass knows how y is encoded."""
        from sk_hyperimage.neural_network.training._reproducible import reproducible

        random_state = check_random_state(self.random_state)
        held_out = np.zeros(len(samples), dtype=bool)
        if groups is None:
            groups = samples.sources
        if self.early_stopping or validation_mask is not None:
            held_out = validation_rows(
                len(samples), groups, validation_mask, self.validation_fraction, random_state
            )
        self.input_shape_ = sample_shape(samples)[-3:]  # of a sample, or of both in a pair
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        with reproducible(seed):
            module = self._make_module(self.layers)
            if self.batch_by == "image" and samples.sources is not None:
                net = self._train_by_image(module, samples, y, weight, held_out, seed)
                self._net = self._net_of(module)
            else:
                self._net = net = self._train(module, samples, y, weight, held_out, seed)
        self.fitted_layers_ = deepcopy(self.layers)
        self.history_ = history_of(net)
        self.n_iter_ = len(self.history_)
        self._store_weights()

    def _train(
        self,
        module: torch.nn.Module,
        samples: Samples,
        y: np.ndarray,
        weight: np.ndarray,
        held_out: np.ndarray,
        seed: int,
        *,
        from_start: bool = False,
        **plan_changes: Any,
    ) -> Net:
        """Train a module as the parameters of this estimator, or changes to them, say."""
        from sk_hyperimage.neural_network.training._augmentation import check_augmentation
        from sk_hyperimage.neural_network.training._batches import Part, Source
        from sk_hyperimage.neural_network.training._loop import train
        from sk_hyperimage.neural_network.training._reproducible import present_device

        if self.augmentation is not None:
            check_augmentation(self.augmentation, sample_shape(samples))
        target, loss = self._encode_target(y, samples.dtype)
        rows = np.arange(len(samples))
        device = present_device(self.device)
        source = Source(samples, device)
        return train(
            module.to(dtype=_torch_dtype(samples.dtype)),
            self._plan(samples, loss=loss, **plan_changes),
            Part(source, target, weight, rows[~held_out]),
            Part(source, target, weight, rows[held_out]) if held_out.any() else None,
            device=device,
            rng=np.random.default_rng(seed),
            from_start=from_start,
        )

    def _train_by_image(
        self,
        module: torch.nn.Module,
        patches: Samples,
        y: np.ndarray,
        weight: np.ndarray,
        held_out: np.ndarray,
        seed: int,
    ) -> Net:
        """Train a module for patches on all patches of images at a time."""
        from sk_hyperimage.neural_network.aggregation._image_batches import on_images

        if self.augmentation is not None:
            raise ValueError("augmentation of patches needs batch_by='sample'")
        n_images = len(np.unique(patches.sources))
        n_patches = len(patches) // n_images
        of_images = held_out.reshape(n_images, n_patches)
        if (of_images != of_images[:, :1]).any():
            raise ValueError(
                "validation_mask must hold back all patches of an image or none of them for "
                "batch_by='image'"
            )
        plan = self._plan(patches, loss="")
        return self._train(
            *on_images(module, patches),
            y.reshape(-1, n_patches),
            weight.reshape(-1, n_patches),
            of_images[:, 0],
            seed,
            batch_size=max(1, round(self.batch_size / n_patches)),
            max_epochs=plan.max_epochs,
            n_iter_no_change=plan.n_iter_no_change,
        )

    def _plan(self, samples: Samples, **changes: Any) -> TrainingPlan:
        from sk_hyperimage.neural_network.training._loop import TrainingPlan

        schedule = IMAGE_SCHEDULE if samples.sources is None else PATCH_SCHEDULE
        parameters = self.get_params(deep=False)
        plan = {
            name: schedule[name] if parameters[name] == "auto" else parameters[name]
            for name in TrainingPlan.__dataclass_fields__
            if name != "loss"
        }
        return TrainingPlan(**(plan | changes))  # type: ignore[arg-type]

    def _store_weights(self) -> None:
        """Keep the module's weights as arrays, which pickle, hash and travel between devices."""
        self.weights_ = {
            name: tensor.detach().cpu().numpy().copy()
            for name, tensor in self._net.module_.state_dict().items()
        }

    @property
    def net_(self) -> Net:
        """The skorch net that holds the trained module; built anew after unpickling."""
        check_is_fitted(self, "weights_")
        net = getattr(self, "_net", None)
        if net is None:
            from sk_hyperimage.neural_network.training._reproducible import reproducible

            with reproducible():  # weights are drawn before they are loaded; threads take turns
                net = getattr(self, "_net", None)
                if net is None:
                    net = self._net = self._rebuilt_net()
        return net

    def _make_module(self, layers: Any, *, fitted: bool = False) -> torch.nn.Module:
        """The network with weights drawn at random, or about to be loaded if `fitted`."""
        from sk_hyperimage.neural_network.layers._factory import make_module

        return make_module(layers, self.input_shape_, self._n_outputs, fitted=fitted)

    def _rebuilt_net(self) -> Net:
        import torch

        module = self._make_module(self.fitted_layers_, fitted=True)
        weights = {name: torch.tensor(array) for name, array in self.weights_.items()}
        dtype = next(tensor.dtype for tensor in weights.values() if tensor.is_floating_point())
        module.to(dtype=dtype).load_state_dict(weights)
        return self._net_of(module)

    def _net_of(self, module: torch.nn.Module) -> Net:
        """A net that predicts with a trained module."""
        import torch

        from sk_hyperimage.neural_network.training._loop import Net
        from sk_hyperimage.neural_network.training._reproducible import present_device

        if self.compile:
            module.compile()
        net = Net(
            module,
            criterion=torch.nn.L1Loss,
            device=present_device(self.device),
            precision=self.precision,
        )
        return net.initialize()

    def _forward(self, X: Any, compute: Callable[[Any, torch.Tensor], Any]) -> np.ndarray:
        """Concatenate what `compute(module, batch)` gives for batches of X."""
        from sk_hyperimage.neural_network.training._batches import Source
        from sk_hyperimage.neural_network.training._memory import prediction_batch_floats
        from sk_hyperimage.neural_network.training._reproducible import present_device

        check_is_fitted(self, "weights_")
        samples = check_images(X, self, reset=False)
        shape = self._check_sample_shape(sample_shape(samples))
        device = present_device(self.device)
        step = max(self.batch_size, prediction_batch_floats(device) // int(np.prod(shape)))
        step = min(step, len(samples))
        rows = np.arange(len(samples))
        of_batches = [rows[start : start + step] for start in rows[::step]]
        batches = Source(samples, device).batches(of_batches)
        return self._compute(batches, len(samples), compute)

    def _check_sample_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        if shape != self.input_shape_:
            raise ValueError(
                f"X holds samples of shape {shape} but {type(self).__name__} was fitted on "
                f"samples of shape {self.input_shape_}"
            )
        return shape

    def _compute(
        self,
        batches: Iterable[torch.Tensor],
        n_outputs: int,
        compute: Callable[[Any, torch.Tensor], Any],
    ) -> np.ndarray:
        """Concatenate what `compute(module, batch)` gives, `n_outputs` rows in all."""
        import torch

        from sk_hyperimage.neural_network.training._progress import prediction_progress
        from sk_hyperimage.neural_network.training._reproducible import reproducible

        # One array from the first batch on: a list of batches would fragment the heap.
        outputs: np.ndarray | None = None
        start = 0
        progress = prediction_progress(type(self).__name__, n_outputs, shown=self.verbose > 0)
        with reproducible(), progress as bar:
            module = self.net_.module_.eval()
            reference = next(module.parameters())
            arithmetic = torch.autocast(
                reference.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"
            )
            with torch.inference_mode(), arithmetic:
                for batch in batches:
                    for output in self.net_.portions_.compute(
                        lambda portion: compute(module, portion.to(reference)), batch
                    ):
                        # Checked in parts: of all at once the check alone would fill memory.
                        values = self._check_outputs(output.to(reference.dtype).cpu().numpy())
                        if outputs is None:
                            outputs = np.empty((n_outputs, *values.shape[1:]), dtype=values.dtype)
                        outputs[start : start + len(values)] = values
                        start += len(values)
                        bar.update(len(values))
        return outputs  # type: ignore[return-value]

    def _check_outputs(self, outputs: np.ndarray) -> np.ndarray:
        if not np.isfinite(outputs).all():
            raise ValueError(
                f"the network of {type(self).__name__} gives infinite outputs: X holds values far "
                f"beyond those seen in fit"
            )
        return outputs

    def embed(self, X: Any, layer: int = -2) -> np.ndarray:
        """Activations of one layer of the fitted network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)
            Samples of the shape seen in `fit`.
        layer : int, default=-2
            Which layer with weights; -2, the last but one, is the representation of the paper.

        Returns
        -------
        activations : ndarray of shape (n_samples, n_units), or (n_samples, n_rows, n_cols, \
n_filters) for a convolution
            After the layer's activation function and without dropout.
        """
        return self._forward(X, lambda module, batch: module.embed(batch, layer))

    def shares_layers(self, grids: Any, layer: int = -2) -> bool:
        """Whether overlapping patches can share layers of the fitted network, exactly.

        Parameters
        ----------
        grids : PatchGrids
        layer : int, default=-2
            Layer with weights that describes a patch.

        Returns
        -------
        shares : bool
            True where the network starts with convolutions that add no border.
        """
        from sk_hyperimage.neural_network.aggregation._dense import n_shared_blocks

        windows = grids.grid.windows(grids.grid.max_shape)
        return n_shared_blocks(self.net_.module_, windows, layer) > 0

    def embed_grids(self, grids: Any, layer: int = -2) -> np.ndarray:
        """Activations of one layer for all patches, the layers that they share computed once.

        Parameters
        ----------
        grids : PatchGrids
        layer : int, default=-2
            Layer with weights that describes a patch.

        Returns
        -------
        activations : ndarray of shape (n_images * U * V, ...)
            What `embed` gives for all patches in one row, up to rounding.
        """
        from sk_hyperimage.neural_network.aggregation._dense import embed_windows
        from sk_hyperimage.neural_network.training._tensors import as_tensor
        from sk_hyperimage.utils._threads import prefetched

        check_is_fitted(self, "weights_")
        self._check_sample_shape(grids.shape[3:])

        def compute(module: Any, image: torch.Tensor) -> torch.Tensor:
            windows = grids.grid.windows(tuple(image.shape[1:3]))
            return embed_windows(module, image, windows, layer)

        def image(index: int) -> torch.Tensor:
            return as_tensor(grids.image(index))[None]

        indices = range(len(grids))
        images = map(image, indices) if grids.in_memory else prefetched(image, indices, 2)
        return self._compute(images, int(np.prod(grids.shape[:3])), compute)

    def _encode_target(self, y: np.ndarray, dtype: np.dtype) -> tuple[np.ndarray, str]:
        """Target of the loss, and the name of the loss."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        # Without torch objects the state hashes alike in every process and moves between devices.
        return {key: value for key, value in super().__getstate__().items() if key != "_net"}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


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


def history_of(net: Net) -> list[dict[str, float]]:
    """Losses, accuracy if any and learning rate of every whole epoch, as skorch recorded them."""
    names = ("train_loss", "valid_loss", "valid_accuracy", "learning_rate")
    return [{name: row[name] for name in names if name in row} for row in net.history]


def _torch_dtype(dtype: np.dtype) -> torch.dtype:
    import torch

    return torch.float64 if dtype == np.float64 else torch.float32
