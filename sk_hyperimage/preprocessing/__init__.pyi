from ._color import ColorConverter as ColorConverter
from ._error_levels import ErrorLevels as ErrorLevels
from ._jpeg import JPEGReencoder as JPEGReencoder
from ._low_frequency import LowFrequencySubtractor as LowFrequencySubtractor
from ._luminance_and_contrast import LuminanceAndContrast as LuminanceAndContrast
from ._normalize import LocalContrastNormalizer as LocalContrastNormalizer
from ._resize import ImageResizer as ImageResizer
