from ._tampered_region import tampered_region as tampered_region
from .generators._damage_kinds import make_damage_kinds as make_damage_kinds
from .generators._distortion_classification import (
    make_distortion_classification as make_distortion_classification,
)
from .generators._distortion_detection import (
    make_distortion_detection as make_distortion_detection,
)
from .generators._forgeries import make_forgeries as make_forgeries
from .generators._local_damage import make_local_damage as make_local_damage
from .generators._manipulations import make_manipulations as make_manipulations
from .generators._panoramas import make_panoramas as make_panoramas
from .generators._synthetic import make_artifact_positions as make_artifact_positions
from .generators._synthetic import make_synthetic_artifacts as make_synthetic_artifacts
from .loaders._casia1 import load_casia1 as load_casia1
from .loaders._casia2 import load_casia2 as load_casia2
from .loaders._csiq import load_csiq as load_csiq
from .loaders._devices import load_device_photos as load_device_photos
from .loaders._file_formats import FileFormatWarning as FileFormatWarning
from .loaders._file_formats import format_accuracy as format_accuracy
from .loaders._image_folder import load_image_folder as load_image_folder
from .loaders._image_pairs import load_image_pairs as load_image_pairs
from .loaders._live import load_live as load_live
from .loaders._live_challenge import load_live_challenge as load_live_challenge
from .loaders._live_md import load_live_md as load_live_md
from .loaders._photos import load_sample_photos as load_sample_photos
from .loaders._quality_csv import load_quality_csv as load_quality_csv
from .loaders._tid import load_tid2008 as load_tid2008
from .loaders._tid import load_tid2013 as load_tid2013
