"""The user's own authentic and tampered images, matched by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from os import PathLike
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS, forgery_bunch
from sk_hyperimage.datasets.loaders._files import images_in, several
from sk_hyperimage.utils._sklearn import validate_params

MASK_SUFFIX = re.compile(r"_(gt|mask)$")


@validate_params(
    CONSTRAINTS
    | {
        "authentic": [str, PathLike],
        "tampered": [str, PathLike],
        "masks": [str, PathLike, None],
    },
    prefer_skip_nested_validation=True,
)
def load_image_pairs(
    authentic: str | PathLike,
    tampered: str | PathLike,
    *,
    masks: str | PathLike | None = None,
    check_files: str | None = "headers",
    return_X_y: bool = False,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load a folder of authentic and one of tampered images.

    Names are compared without suffix and regardless of case. A tampered image belongs to the
    authentic one with its name, or with the longest beginning of its name that ends before an
    underscore: ``beach.png`` and ``beach_2.tif`` belong to ``beach.jpg``. A mask has the name of
    the tampered image, with or without ``_gt`` or ``_mask`` at the end.

    Parameters
    ----------
    authentic, tampered : str or path-like
        Folders of images. Their subfolders are ignored.
    masks : str or path-like, default=None
        Folder of pictures that are not black where an image is tampered.
    check_files : {"headers", "pixels"} or None, default="headers"
        "headers" reads the headers of all image files and checks that BMP and PNG files do not
        end early; "pixels" decodes every file once; None ignores damage.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` only.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; `images` are paths, authentic ones first, and
        sorted by name.

        kind : ndarray of str of shape (n_images,)
            "authentic" or "tampered".
        pairs : ndarray of object of shape (n_images,)
            Name of the authentic image that an image is or was made from, None if that is missing.
        masks : ndarray of object of shape (n_images,)
            Path of the mask, or None. Without masks,
            :func:`sk_hyperimage.datasets.tampered_region` finds the regions of pairs.
        groups : ndarray of str of shape (n_images,)
            As `pairs`, with the image's own name in place of None. Images that share more, such as
            a donor of regions, need groups of your own.
        donors, region_size : None
            Unknown.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError
        If a folder is missing.
    ValueError
        If a file is damaged, a mask belongs to no image, two files have the same name, or a
        tampered image differs in size from its mask or counterpart; the message names the files.

    Warns
    -----
    FileFormatWarning
        If the file format predicts the label: see :func:`format_accuracy`.

    See Also
    --------
    load_casia1, load_casia2 : Load CASIA.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skimage.io import imsave
    >>> from sk_hyperimage.datasets import load_image_pairs, load_sample_photos, make_forgeries
    >>> made = make_forgeries(load_sample_photos().images[:2], random_state=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("authentic", "tampered"):
    ...         Path(folder, name).mkdir()
    ...     imsave(Path(folder, "authentic", "beach.png"), made.images[0])
    ...     imsave(Path(folder, "tampered", "beach_2.png"), made.images[1])
    ...     data = load_image_pairs(Path(folder, "authentic"), Path(folder, "tampered"))
    >>> data.target, data.pairs
    (array([0, 1]), array(['beach', 'beach'], dtype=object))
    """
    originals = _by_name(Path(authentic), "authentic")
    forgeries = _by_name(Path(tampered), "tampered")
    names = [*originals, *forgeries]
    pairs = [*originals, *(_counterpart(name, originals) for name in forgeries)]
    mask_files = {} if masks is None else _mask_files(Path(masks), names)
    return forgery_bunch(
        images=[*originals.values(), *forgeries.values()],
        kind=["authentic"] * len(originals) + ["tampered"] * len(forgeries),
        pairs=pairs,
        masks=[None] * len(originals) + [mask_files.get(name) for name in forgeries],
        groups=[pair or name for pair, name in zip(pairs, names, strict=True)],
        donors=None,
        region_size=None,
        drop_unlike=False,
        check_files=check_files,
        return_X_y=return_X_y,
        DESCR=f"Authentic images of {str(authentic)!r} and tampered ones of {str(tampered)!r}.",
    )


def _by_name(folder: Path, parameter: str, name_of: Callable[[str], str] = str) -> dict[str, str]:
    """Image files by their names in lower case, without suffixes."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{parameter}={str(folder)!r} is not a folder")
    files: dict[str, str] = {}
    for path in images_in(folder).values():
        twin = files.setdefault(name_of(path.stem.lower()), str(path))
        if twin != str(path):
            raise ValueError(f"{twin!r} and {str(path)!r} have the same name; remove one")
    return files


def _counterpart(name: str, originals: Container[str]) -> str | None:
    """The authentic image that a tampered one was made from."""
    while name not in originals:
        name, underscore, _ = name.rpartition("_")
        if not underscore:
            return None
    return name


def _mask_files(folder: Path, names: Container[str]) -> dict[str, str]:
    """Masks by the names of their images."""

    def image_of(stem: str) -> str:
        return stem if stem in names else MASK_SUFFIX.sub("", stem)

    files = _by_name(folder, "masks", image_of)
    unknown = [path for name, path in files.items() if name not in names]
    if unknown:
        raise ValueError(f"there is no image for {several(unknown)} of {str(folder)!r}")
    return files
