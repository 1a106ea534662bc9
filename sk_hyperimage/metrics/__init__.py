"""Scores of image quality prediction and of forgery detection; scorers for cross-validation."""

from sk_hyperimage.metrics._correlation import krocc_score, plcc_score, rmse_score, srocc_score
from sk_hyperimage.metrics._localization import localization_scores
from sk_hyperimage.metrics._logistic import (
    LogisticFitWarning,
    plcc_logistic4_score,
    plcc_logistic5_score,
)
from sk_hyperimage.metrics._scorers import forgery_scorers, quality_scorers

__all__ = [
    "LogisticFitWarning",
    "forgery_scorers",
    "krocc_score",
    "localization_scores",
    "plcc_logistic4_score",
    "plcc_logistic5_score",
    "plcc_score",
    "quality_scorers",
    "rmse_score",
    "srocc_score",
]
