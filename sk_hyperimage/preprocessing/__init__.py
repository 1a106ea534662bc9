"""Steps on whole images before patches are cut, or a network reads them whole."""

from sk_hyperimage.preprocessing._color import ColorConverter
from sk_hyperimage.preprocessing._error_levels import ErrorLevels
from sk_hyperimage.preprocessing._jpeg import JPEGReencoder
from sk_hyperimage.preprocessing._low_frequency import LowFrequencySubtractor
from sk_hyperimage.preprocessing._normalize import LocalContrastNormalizer
from sk_hyperimage.preprocessing._resize import ImageResizer

__all__ = [
    "ColorConverter",
    "ErrorLevels",
    "ImageResizer",
    "JPEGReencoder",
    "LocalContrastNormalizer",
    "LowFrequencySubtractor",
]
