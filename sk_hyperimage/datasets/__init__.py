"""Data to learn and to measure on: generators, and photographs that come with dependencies."""

from sk_hyperimage.datasets._synthetic import make_artifact_positions, make_synthetic_artifacts

__all__ = [
    "make_artifact_positions",
    "make_synthetic_artifacts",
]
