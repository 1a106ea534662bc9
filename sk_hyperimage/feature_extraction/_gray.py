"""Images that are gray or RGB, as the classical features take them."""

from __future__ import annotations

from typing import Any

from sk_hyperimage.images import Samples
from sk_hyperimage.utils._validation import check_images


def check_gray_or_rgb(X: Any, estimator: Any, *, reset: bool) -> Samples:
    """Validate images as `check_images` does, and that they have one channel or three."""
    images = check_images(X, estimator, reset=reset)
    if images.n_channels not in (1, 3):
        raise ValueError(
            f"X holds images of {images.n_channels} channels; {type(estimator).__name__} takes "
            f"gray images (1) and RGB images (3): drop or select channels first"
        )
    return images
