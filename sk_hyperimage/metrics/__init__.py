"""Scores of image quality prediction, and scorers for cross-validation."""

from sk_hyperimage.metrics._correlation import krocc_score, plcc_score, rmse_score, srocc_score
from sk_hyperimage.metrics._logistic import (
    LogisticFitWarning,
    plcc_logistic4_score,
    plcc_logistic5_score,
)
from sk_hyperimage.metrics._scorers import quality_scorers

__all__ = [
    "LogisticFitWarning",
    "krocc_score",
    "plcc_logistic4_score",
    "plcc_logistic5_score",
    "plcc_score",
    "quality_scorers",
    "rmse_score",
    "srocc_score",
]
