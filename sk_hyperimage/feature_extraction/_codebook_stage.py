"""A first stage whose descriptions of patches come from images alone, and what it sees."""

from __future__ import annotations

from typing import Any

from sk_hyperimage._typing import PatchEstimator
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer, LuminanceAndContrast

# The network of Kang et al. up to its first dense layer, its 50 filters for each of two channels,
# for patches of 32 x 32. From few images training would make its descriptions worse.
CODEBOOK_STAGE = "C(100,7,1,linear,valid) MinMaxPool(26) FC(800) Frozen"


def codebook_network(
    kind: type[CNNRegressor] | type[CNNClassifier], head: str, **training: Any
) -> CNNRegressor | CNNClassifier:
    """A network whose filters are a codebook; the layers of its head alone are taught."""
    return kind(
        f"{CODEBOOK_STAGE} {head}",
        initial_weights="codebook",
        solver="adam",
        learning_rate="cosine",
        batch_by="image",
        **training,
    )


def normalizer_ahead_of(
    patch_estimator: PatchEstimator | None,
) -> LuminanceAndContrast | LocalContrastNormalizer:
    """What a first stage sees: a codebook both channels, and others what the paper's did.

    A codebook is known by its layers: its other parameters may be set and searched.
    """
    layers = getattr(patch_estimator, "layers", None)
    if patch_estimator is None or str(layers).startswith(CODEBOOK_STAGE):
        return LuminanceAndContrast()
    return LocalContrastNormalizer()
