"""Photographs of a folder, and the patches of every task."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import paper

from sk_hyperimage.datasets import load_device_photos, make_manipulations

SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"}
# The task that Table II does not have: which of the manipulations, if any, whatever its level.
WHICH = "which-kind"


@dataclass(frozen=True)
class Photographs:
    """Paths, and the device of each; without devices every photograph is its own."""

    paths: np.ndarray
    devices: np.ndarray
    are_devices: bool


def photographs(folders, n_photographs=None):
    """Photographs in folders, or in a folder for each device, the first ones of each by name."""
    here = [
        sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in SUFFIXES)
        for folder in folders
    ]
    if all(here):
        paths = np.array([str(path) for found in here for path in found[:n_photographs]])
        return Photographs(paths, np.arange(len(paths)), are_devices=False)
    if len(folders) > 1:
        raise ValueError(f"{folders[[bool(f) for f in here].index(False)]} holds no photographs")
    data = load_device_photos(folders[0])
    kept = np.concatenate(
        [np.flatnonzero(data.groups == name)[:n_photographs] for name in np.unique(data.groups)]
    )
    return Photographs(data.images[kept], data.groups[kept], are_devices=True)


def patches(task, photos, patch_size, n_patches):
    """A Bunch of patches (n, patch_size, patch_size, 3), whose target are the task's labels."""
    kinds, levels = (None, (1, 2, 3))
    if task != WHICH:
        kind, level = paper.TASKS[task]
        kinds, levels = [kind], [level]
    data = make_manipulations(
        photos.paths,
        kinds=kinds,
        levels=levels,
        patch_size=patch_size,
        n_patches=n_patches,
        groups=photos.devices,
        random_state=0,
    )
    if task == WHICH:
        data.target = data.kind
    return data
