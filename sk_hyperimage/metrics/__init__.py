"""Scores: of quality prediction, of maps of tampering, of images against their references."""

from sk_hyperimage.metrics._correlation import krocc_score, plcc_score, srocc_score
from sk_hyperimage.metrics._localization import localization_scores
from sk_hyperimage.metrics._logistic import (
    LogisticFitWarning,
    plcc_logistic4_score,
    plcc_logistic5_score,
)
from sk_hyperimage.metrics._scorers import quality_scorers
from sk_hyperimage.metrics.full_reference._mdsi import mdsi
from sk_hyperimage.metrics.full_reference._ssim import ssim

__all__ = [
    "LogisticFitWarning",
    "krocc_score",
    "localization_scores",
    "mdsi",
    "plcc_logistic4_score",
    "plcc_logistic5_score",
    "plcc_score",
    "quality_scorers",
    "srocc_score",
    "ssim",
]
