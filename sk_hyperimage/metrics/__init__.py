"""Scores: of quality prediction, of maps and detections, of images against their references."""

from sk_hyperimage.metrics._correlation import krocc_score, plcc_score, srocc_score
from sk_hyperimage.metrics._detection import (
    detection_by_size,
    detection_curve,
    detection_scorers,
    mean_average_precision,
)
from sk_hyperimage.metrics._localization import localization_scores
from sk_hyperimage.metrics._logistic import (
    LogisticFitWarning,
    plcc_logistic4_score,
    plcc_logistic5_score,
)
from sk_hyperimage.metrics._scorers import quality_scorers
from sk_hyperimage.metrics.full_reference._fsim import fsim, fsimc
from sk_hyperimage.metrics.full_reference._gmsd import gmsd
from sk_hyperimage.metrics.full_reference._mdsi import mdsi
from sk_hyperimage.metrics.full_reference._ms_ssim import ms_ssim
from sk_hyperimage.metrics.full_reference._psnr import psnr
from sk_hyperimage.metrics.full_reference._record import FULL_REFERENCE, FullReference
from sk_hyperimage.metrics.full_reference._ssim import ssim
from sk_hyperimage.metrics.full_reference._vif import vif
from sk_hyperimage.metrics.full_reference._vsi import vsi

__all__ = [
    "FULL_REFERENCE",
    "FullReference",
    "LogisticFitWarning",
    "detection_by_size",
    "detection_curve",
    "detection_scorers",
    "fsim",
    "fsimc",
    "gmsd",
    "krocc_score",
    "localization_scores",
    "mdsi",
    "mean_average_precision",
    "ms_ssim",
    "plcc_logistic4_score",
    "plcc_logistic5_score",
    "plcc_score",
    "psnr",
    "quality_scorers",
    "srocc_score",
    "ssim",
    "vif",
    "vsi",
]
