"""Data for training and evaluation: generators, and loaders of data on the user's disk."""

from sk_hyperimage.datasets._tampered_region import tampered_region
from sk_hyperimage.datasets.generators._damage_kinds import make_damage_kinds
from sk_hyperimage.datasets.generators._distortion_classification import (
    make_distortion_classification,
)
from sk_hyperimage.datasets.generators._distortion_detection import make_distortion_detection
from sk_hyperimage.datasets.generators._forgeries import make_forgeries
from sk_hyperimage.datasets.generators._local_damage import make_local_damage
from sk_hyperimage.datasets.generators._manipulations import make_manipulations
from sk_hyperimage.datasets.generators._panoramas import make_panoramas
from sk_hyperimage.datasets.generators._synthetic import (
    make_artifact_positions,
    make_synthetic_artifacts,
)
from sk_hyperimage.datasets.loaders._casia1 import load_casia1
from sk_hyperimage.datasets.loaders._casia2 import load_casia2
from sk_hyperimage.datasets.loaders._csiq import load_csiq
from sk_hyperimage.datasets.loaders._devices import load_device_photos
from sk_hyperimage.datasets.loaders._file_formats import FileFormatWarning, format_accuracy
from sk_hyperimage.datasets.loaders._image_folder import load_image_folder
from sk_hyperimage.datasets.loaders._image_pairs import load_image_pairs
from sk_hyperimage.datasets.loaders._live import load_live
from sk_hyperimage.datasets.loaders._live_challenge import load_live_challenge
from sk_hyperimage.datasets.loaders._live_md import load_live_md
from sk_hyperimage.datasets.loaders._photos import load_sample_photos
from sk_hyperimage.datasets.loaders._quality_csv import load_quality_csv
from sk_hyperimage.datasets.loaders._tid import load_tid2008, load_tid2013

__all__ = [
    "FileFormatWarning",
    "format_accuracy",
    "load_casia1",
    "load_casia2",
    "load_csiq",
    "load_device_photos",
    "load_image_folder",
    "load_image_pairs",
    "load_live",
    "load_live_challenge",
    "load_live_md",
    "load_quality_csv",
    "load_sample_photos",
    "load_tid2008",
    "load_tid2013",
    "make_artifact_positions",
    "make_damage_kinds",
    "make_distortion_classification",
    "make_distortion_detection",
    "make_forgeries",
    "make_local_damage",
    "make_manipulations",
    "make_panoramas",
    "make_synthetic_artifacts",
    "tampered_region",
]
