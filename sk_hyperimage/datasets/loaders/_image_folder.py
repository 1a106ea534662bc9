"""Images in a folder and the folders below it, without scores."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS
from sk_hyperimage.datasets.loaders._files import IMAGE_SUFFIXES, check_image_files
from sk_hyperimage.utils._sklearn import validate_params

# Of the formats that Pillow reads, those that photographs and pictures of the web come in.
SUFFIXES = IMAGE_SUFFIXES | {".avif", ".gif", ".jp2", ".pgm", ".ppm", ".webp"}


@validate_params(
    {
        "root": CONSTRAINTS["root"],
        "class_folders": ["boolean"],
        "check_files": CONSTRAINTS["check_files"],
    },
    prefer_skip_nested_validation=True,
)
def load_image_folder(
    root: str | PathLike, *, class_folders: bool = False, check_files: str | None = "headers"
) -> Bunch:
    """Load the images in a folder and in all folders below it.

    Parameters
    ----------
    root : str or path-like
        The folder. Hidden files and folders, and files whose name does not end as that of an
        image, are ignored.
    class_folders : bool, default=False
        Whether the folders in `root` are named after classes, and every image is in one of them.
    check_files : {"headers", "pixels"} or None, default="headers"
        How broken files are found: "headers" reads the headers of all files and checks that BMP
        and PNG files do not end early; "pixels" decodes every file once; None finds none.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`, and two more:

        images : ndarray of str of shape (n_images,)
            Paths of the files that can be read, sorted by `names`.
        target : ndarray of str of shape (n_images,) or None
            Class of each; None unless `class_folders` is True.
        names : ndarray of str of shape (n_images,)
            Paths in `root`, with "/" between folders.
        broken : dict of str to str
            Reason by name for every file that cannot be read.

    Raises
    ------
    FileNotFoundError
        If `root` is not a folder.
    ValueError
        If there is no image in it; with `class_folders`, if an image is in none of its folders.

    See Also
    --------
    load_quality_csv : Images with scores.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from sk_hyperimage.datasets import load_image_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("intact", "damaged"):
    ...         Path(folder, name).mkdir()
    ...         Image.new("RGB", (40, 30)).save(Path(folder, name, "1.jpg"))
    ...     _ = Path(folder, "damaged", "2.jpg").write_text("no image")
    ...     data = load_image_folder(folder, class_folders=True)
    >>> data.names.tolist(), data.target.tolist(), list(data.broken)
    (['damaged/1.jpg', 'intact/1.jpg'], ['damaged', 'intact'], ['damaged/2.jpg'])
    """
    root = Path(root)
    paths = image_paths(root)
    broken = {}
    for name, path in paths.items():
        if class_folders and "/" not in name:
            raise ValueError(
                f"the image {str(path)!r} is in none of the folders of root={str(root)!r}; with "
                f"class_folders=True each has the name of a class"
            )
        try:
            check_image_files([path], check_files)
        except (ValueError, OSError) as error:
            broken[name] = str(error)
    names = [name for name in paths if name not in broken]
    data: Any = data_bunch(
        images=np.array([paths[name] for name in names], dtype=str),
        target=np.array([name.partition("/")[0] for name in names]) if class_folders else None,
        names=np.array(names, dtype=str),
        DESCR=f"{len(names)} images in {str(root)!r}; {len(broken)} files cannot be read.",
    )
    data.broken = broken
    return data


def image_paths(root: Path) -> dict[str, str]:
    """Files of images in a folder and below, by their names in it, sorted by these.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    ValueError
        If it holds no image.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"root={str(root)!r} is not a folder")
    paths = {}
    for path in root.rglob("*"):
        within = path.relative_to(root)
        hidden = any(part.startswith(".") for part in within.parts)
        if path.suffix.lower() in SUFFIXES and not hidden and not path.is_dir():
            paths[within.as_posix()] = str(path)
    if not paths:
        raise ValueError(
            f"root={str(root)!r} holds no image, nor do the folders below it; files of images are "
            f"those that end in {', '.join(sorted(SUFFIXES))}"
        )
    return dict(sorted(paths.items()))
