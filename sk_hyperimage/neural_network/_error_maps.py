"""A network that learns maps: the error of every cell of an image, as far as it can be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.metrics import r2_score
from sklearn.utils import check_array, check_consistent_length

from sk_hyperimage._typing import Floats, ImagesLike
from sk_hyperimage.images import Samples
from sk_hyperimage.neural_network._fitted import sample_shape
from sk_hyperimage.neural_network._own_modules import described
from sk_hyperimage.neural_network._regressor import CNNRegressor
from sk_hyperimage.neural_network._tasks import Scores, Task
from sk_hyperimage.neural_network.training._augmentation import moved
from sk_hyperimage.utils._validation import check_target


@dataclass(frozen=True)
class ErrorMaps(Task):
    """A map of errors a sample, in which cells count by a reliability that the network gives too.

    Parameters
    ----------
    scores : Scores
        What errors of cells are.
    """

    scores: Scores

    n_outputs = None
    meaning = "a mean error, the errors of cells, standardized, and the reliability of each"

    def encode(self, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
        """Standardized errors, (n, n_rows, n_cols)."""
        return self.scores.encode(y, dtype)

    def moved(
        self, target: np.ndarray, codes: np.ndarray, sample_shape: tuple[int, ...]
    ) -> np.ndarray:
        """Maps move with their samples."""
        return moved(torch.from_numpy(target)[..., np.newaxis], codes)[..., 0].numpy()

    def losses(self, outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Mean error of what the map tells, (n,)."""
        told, reliability = outputs[:, 1:].chunk(2, dim=1)
        errors = (told - target.flatten(1)) * reliability
        return (errors.abs() if self.scores.loss == "absolute_error" else errors.square()).mean(1)

    def decode(self, outputs: np.ndarray) -> Floats:
        """The mean over a map, weighted by the reliability."""
        return self.scores.decode(outputs[:, :1])


class ErrorMapRegressor(CNNRegressor):
    """Convolutional network that tells the error of every cell of an image.

    A :class:`CNNRegressor` whose `fit` takes maps as y, of shape (n_samples, n_rows, n_cols): one
    number for each cell of each sample, such as
    :func:`~sk_hyperimage.feature_extraction.patch_scores` makes of damaged images and their
    originals. A y of shape (n_samples,) gives one to all cells. `predict` gives the mean error of
    a sample, so that the network is a first stage like any other; `predict_maps` gives the map.

    Parameters
    ----------
    layers : Architecture, callable or torch.nn.Module
        As :class:`DIQA`, the one that the package has. Outputs of a sample are its mean error, the
        errors of all cells, and for each of them a factor of its error in the loss.
    loss, normalize_y, initial_weights, solver, learning_rate, learning_rate_init, momentum, \
nesterovs_momentum, decay, alpha, batch_size, batch_by, max_epochs, early_stopping, \
validation_fraction, n_iter_no_change, augmentation, precision, compile, device, callbacks, \
random_state, verbose, warm_start, higher_is_better
        As in :class:`CNNRegressor`.

    Attributes
    ----------
    net_, weights_, history_, n_iter_, y_mean_, y_scale_, score_range_, input_shape_, \
reads_any_grid_, n_features_in_
        As in :class:`CNNRegressor`.

    See Also
    --------
    DIQA : The network that it trains.
    sk_hyperimage.ensemble.surveyed_model : The whole model, "DIQA".

    References
    ----------
    Kim, Nguyen and Lee, "Deep CNN-based blind image quality predictor", IEEE Transactions on
    Neural Networks and Learning Systems 30(1), 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.neural_network import DIQA, ErrorMapRegressor
    >>> rng = np.random.default_rng(0)
    >>> images = rng.random((12, 32, 32), dtype=np.float32)
    >>> errors = rng.random((12, 8, 8))
    >>> model = ErrorMapRegressor(DIQA("C(4,3,2) C(4,3,2)"), max_epochs=1, random_state=0)
    >>> model = model.fit(images, errors)
    >>> model.predict_maps(images).shape, model.predict(images).shape
    ((12, 8, 8), (12,))
    """

    @property
    def _task(self) -> ErrorMaps:  # type: ignore[override]
        return ErrorMaps(super()._task)

    def _check_target(
        self, y: ArrayLike, weight: Floats, samples: Samples
    ) -> tuple[Floats, Floats]:
        shape = sample_shape(samples)
        cells = self._map_shape(shape)
        if np.asarray(y).ndim < 3:
            maps = check_target(y, samples, self).reshape(-1, 1, 1)
        else:
            maps = check_array(
                y, ensure_2d=False, allow_nd=True, dtype=np.float64, input_name="y", estimator=self
            )
            check_consistent_length(samples, maps)
            if maps.shape != (len(samples), *cells):
                raise ValueError(
                    f"y of shape {maps.shape} must hold the error of every cell, "
                    f"{(len(samples), *cells)}"
                )
            if self.augmentation is not None and np.mod(shape[:2], cells).any():
                raise ValueError(
                    f"augmentation={self.augmentation!r} moves cells of one size, but the last "
                    f"ones of samples of shape {shape} are smaller"
                )
        return self._standardize(maps, weight), weight

    def _map_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Rows and columns of the map that the network will make of a sample."""
        module = self._untrained(shape, None)
        weights = next(module.parameters())
        sample = torch.zeros(1, *shape, dtype=weights.dtype, device=weights.device)
        with torch.inference_mode():
            maps, outputs = described(module.eval(), sample, -1), module(sample)
        if maps.ndim != 4 or outputs.shape[1:] != (1 + 2 * maps[0].numel(),):
            raise ValueError("layers must tell maps of errors, as DIQA does")
        return tuple(maps.shape[1:3])

    def predict_maps(self, X: ImagesLike) -> Floats:
        """Predict the error of every cell.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_rows, n_cols[, n_channels]) or \
(n_samples, n_features)

        Returns
        -------
        maps : ndarray of shape (n_samples, n_rows, n_cols)
            In the unit of the y seen in `fit`.
        """
        maps = self.embed(X, -1)[..., 0]
        return self.y_mean_ + self.y_scale_ * maps.astype(np.float64)

    def score(self, X: ImagesLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Coefficient of determination, at most 1, of means or, if y holds maps, of all cells.

        Parameters
        ----------
        X, y
            As in `fit`.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        score : float
        """
        true = np.asarray(y)
        if true.ndim < 3:
            return super().score(X, y, sample_weight)
        told = self.predict_maps(X)
        weight = None if sample_weight is None else np.repeat(sample_weight, told[0].size)
        return r2_score(true.ravel(), told.ravel(), sample_weight=weight)
