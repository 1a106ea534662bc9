"""What is done to whole images before patches are cut."""

from sk_hyperimage.preprocessing._normalize import LocalContrastNormalizer

__all__ = ["LocalContrastNormalizer"]
