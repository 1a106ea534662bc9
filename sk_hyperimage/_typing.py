"""Type aliases for the data that the package handles, and protocols of its estimators."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from sk_hyperimage.images import PatchGrids, Samples

Floats: TypeAlias = NDArray[np.floating]
Ints: TypeAlias = NDArray[np.integer]
Bools: TypeAlias = NDArray[np.bool_]

# One image, or the file that holds it.
ImageLike: TypeAlias = ArrayLike | str | PathLike[str]
# Images: one array, or a sequence of arrays or paths.
ImagesLike: TypeAlias = "ArrayLike | Sequence[ImageLike] | Samples"
# Patch grids: those of a PatchExtractor, or one array.
GridsLike: TypeAlias = "PatchGrids | ArrayLike"
# A seed, as scikit-learn takes it.
Seed: TypeAlias = int | np.random.RandomState | None


class Estimator(Protocol):
    """The methods of every scikit-learn estimator."""

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any: ...

    def get_params(self, deep: bool = True) -> dict[str, Any]: ...

    def set_params(self, **params: Any) -> Any: ...


class Transformer(Estimator, Protocol):
    """An estimator that transforms X."""

    def transform(self, X: Any) -> Any: ...


class Predictor(Estimator, Protocol):
    """An estimator that predicts."""

    def predict(self, X: Any) -> np.ndarray: ...


class PatchEstimator(Estimator, Protocol):
    """A first stage: an estimator of patches that describes them."""

    def embed(self, X: Any) -> np.ndarray: ...


@runtime_checkable
class PatchModel(Protocol):
    """A fitted model with a first-stage prediction for every patch."""

    def patch_grids(self, X: Any) -> PatchGrids:
        """The patch grids that the first stage sees."""
        ...

    def predict_patches(self, X: Any) -> np.ndarray:
        """Predictions of the first stage, (n_images, U, V) or (n_images, U, V, n_classes)."""
        ...

    def histories(self) -> dict[str, list[dict[str, float]]]:
        """Losses of every epoch of training, by stage."""
        ...


@runtime_checkable
class HyperImageModel(PatchModel, Protocol):
    """A patch model that also tiles descriptions of the patches."""

    def encode(self, X: Any) -> Floats:
        """Hyper-images, (n_images, U, V, D)."""
        ...
