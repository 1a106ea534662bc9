"""Files of a data set on disk: found regardless of case, and checked."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

from sk_hyperimage.images._reading import image_file_shape, read_image

IMAGE_SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff"}

# Archives unpack into folders of their own, some of them nested.
DEPTH = 3


def locate(root: str | PathLike, name: str) -> Path:
    """The folder `name` in `root` or a few folders below, in upper or lower case."""
    if not Path(root).is_dir():
        raise FileNotFoundError(f"root={str(root)!r} is not a folder")
    folders = [Path(root)]
    for _ in range(1 + DEPTH):
        folders = [entry for folder in folders for entry in folders_in(folder)]
        found = [folder for folder in folders if folder.name.lower() == name.lower()]
        if len(found) > 1:
            raise ValueError(f"root={str(root)!r} holds more than one folder {name!r}: {found}")
        if found:
            return found[0]
    raise FileNotFoundError(
        f"root={str(root)!r} holds no folder {name!r}, nor do folders up to {DEPTH} below it"
    )


def find(folder: Path, name: str) -> Path:
    """The file or folder `name` in `folder`, in upper or lower case."""
    found = sorted(entry for entry in folder.iterdir() if entry.name.lower() == name.lower())
    if not found:
        raise FileNotFoundError(f"{name!r} is missing from {str(folder)!r}")
    return folder / name if folder / name in found else found[0]


def images_in(folder: Path) -> dict[str, Path]:
    """Like `image_files`, but ValueError if there is none."""
    files = image_files(folder)
    if not files:
        raise ValueError(f"{str(folder)!r} holds no image")
    return files


def image_files(folder: Path, recursive: bool = False) -> dict[str, Path]:
    """Images in a folder by their names in lower case; other files are ignored."""
    files: dict[str, Path] = {}
    for path in sorted(folder.rglob("*") if recursive else folder.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith("."):
            twin = files.setdefault(path.name.lower(), path)
            if twin != path:
                raise ValueError(f"{str(twin)!r} and {str(path)!r} are the same image; remove one")
    return files


def take_images(
    files: dict[str, Path], names: Sequence[str], folder: Path, table: Path
) -> list[str]:
    """Paths of the images `names`, which must be all in `folder`.

    Parameters
    ----------
    files : dict of str to Path
        Those that `image_files` found in `folder`.
    names : sequence of str
        File names from `table`, in upper or lower case.
    folder, table : Path
        For messages.

    Returns
    -------
    paths : list of str
        As long as `names`.

    Raises
    ------
    FileNotFoundError
        If an image is missing.
    ValueError
        If there is an image that is not in `table`.
    """
    missing = [name for name in dict.fromkeys(names) if name.lower() not in files]
    if missing:
        raise FileNotFoundError(f"{str(folder)!r} lacks {several(missing)} of {str(table)!r}")
    known = {name.lower() for name in names}
    extra = [path.name for name, path in files.items() if name not in known]
    if extra:
        raise ValueError(
            f"{str(folder)!r} holds {several(extra)}, unknown to {str(table)!r}; move files "
            f"that do not belong to the data set elsewhere"
        )
    return [str(files[name.lower()]) for name in names]


def check_image_files(paths: Iterable[str], how: str | None) -> None:
    """Raise an error that names missing files, or the first damaged one.

    Parameters
    ----------
    paths : iterable of str
        Image files.
    how : {"headers", "pixels"} or None
        "headers" reads headers only, and checks that BMP and PNG files do not end early;
        "pixels" decodes the pixels; None checks nothing.
    """
    if how is None:
        return
    paths = list(dict.fromkeys(paths))
    missing = [path for path in paths if not Path(path).is_file()]
    if missing:
        raise FileNotFoundError(f"there is no file {several(missing)}")
    for path in paths:
        if how == "pixels":
            read_image(path)
        else:
            image_file_shape(path)
            if _stops_early(path):
                raise ValueError(f"the file {path!r} is damaged: it ends before its pixels do")


def _stops_early(path: str) -> bool:
    """True if a PNG file lacks its last chunk, or a BMP file some of its pixels."""
    with open(path, "rb") as file:
        kind = file.read(8)
        if kind == b"\x89PNG\r\n\x1a\n":
            return not _reaches_last_chunk(file)
    return kind.startswith(b"BM") and _lacks_rows(path)


def _reaches_last_chunk(file: BinaryIO) -> bool:
    while len(chunk := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", chunk)
        if kind == b"IEND":
            return True
        file.seek(length + 4, 1)  # the checksum follows
    return False


def _lacks_rows(path: str) -> bool:
    from PIL import Image

    with Image.open(path) as image:
        codec, _, offset, args = image.tile[0]
        if codec != "raw":
            return False
        layout: Any = args  # order of the channels, bytes of a row, direction of the rows
        # Rows are padded to four bytes, but not all programs pad the last one.
        return Path(path).stat().st_size + 3 < offset + layout[1] * image.height


def folders_in(folder: Path) -> list[Path]:
    return [
        entry
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and not entry.name.startswith((".", "__"))
    ]


def several(names: Sequence[str], shown: int = 3) -> str:
    """The first few names, and the number of others."""
    listed = ", ".join(repr(name) for name in names[:shown])
    return listed if len(names) <= shown else f"{listed} and {len(names) - shown} more images"
