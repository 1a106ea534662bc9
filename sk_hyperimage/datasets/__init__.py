"""Data to learn and to measure on: generators, and photographs that come with dependencies."""

from sk_hyperimage.datasets._local_damage import make_local_damage
from sk_hyperimage.datasets._photos import load_sample_photos
from sk_hyperimage.datasets._synthetic import make_artifact_positions, make_synthetic_artifacts

__all__ = [
    "load_sample_photos",
    "make_artifact_positions",
    "make_local_damage",
    "make_synthetic_artifacts",
]
