"""Photographs in a folder for each device that took them."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from sklearn.utils import Bunch

from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS
from sk_hyperimage.datasets.loaders._files import (
    IMAGE_SUFFIXES,
    check_image_files,
    folders_in,
)
from sk_hyperimage.utils._sklearn import validate_params

DESCRIPTION = """\
Photographs as their devices saved them, from folders named after the devices. Whoever trains a
detector of manipulations tests it on devices that it has never seen: sensor, processing and JPEG
tables differ between devices (Cozzolino, Poggi and Verdoliva 2017, Section IV: 9 devices of 200
photographs, 6 to train and 3 to test).
"""


@validate_params(
    {name: CONSTRAINTS[name] for name in ("root", "check_files")},
    prefer_skip_nested_validation=True,
)
def load_device_photos(root: str | PathLike, *, check_files: str | None = "headers") -> Bunch:
    """Load photographs in a folder for each device.

    Parameters
    ----------
    root : str or path-like
        Folder of folders, each named after a device and holding its photographs, also in folders
        of its own. Hidden files and folders, and files that are no images, are ignored.
    check_files : {"headers", "pixels"} or None, default="headers"
        "headers" reads the headers of all image files and checks that BMP and PNG files do not
        end early; "pixels" decodes every file once; None does neither.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`:

        images : ndarray of str of shape (n_photographs,)
            Paths, device by device, sorted.
        groups : ndarray of str of shape (n_photographs,)
            Device of each.

    Raises
    ------
    FileNotFoundError
        If `root` is not a folder.
    ValueError
        If there is no folder in it, a folder holds no photograph, or a file is damaged; the
        message names it.

    See Also
    --------
    make_manipulations : Patches of photographs and their manipulated twins.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from sk_hyperimage.datasets import load_device_photos
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for device in ("camera", "phone"):
    ...         Path(folder, device).mkdir()
    ...         Image.new("RGB", (40, 30)).save(Path(folder, device, "1.jpg"))
    ...     data = load_device_photos(folder)
    >>> data.groups.tolist(), Path(data.images[0]).name
    (['camera', 'phone'], '1.jpg')
    """
    if not Path(root).is_dir():
        raise FileNotFoundError(f"root={str(root)!r} is not a folder")
    devices = folders_in(Path(root))
    if not devices:
        raise ValueError(f"root={str(root)!r} holds no folder; put photographs in one per device")
    images, groups = [], []
    for device in devices:
        paths = _photographs(device)
        if not paths:
            raise ValueError(f"the folder {str(device)!r} holds no photograph")
        images += paths
        groups += [device.name] * len(paths)
    check_image_files(images, check_files)
    return data_bunch(images=images, groups=groups, DESCR=DESCRIPTION)


def _photographs(device: Path) -> list[str]:
    return [
        str(path)
        for path in sorted(device.rglob("*"))
        if path.suffix.lower() in IMAGE_SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(device).parts)
    ]
