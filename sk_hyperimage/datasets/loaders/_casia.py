"""What the versions of CASIA share: file names that say what was made of which photograph."""

from __future__ import annotations

import os
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sk_hyperimage.datasets.loaders._files import DEPTH, find, images_in, locate

Decoded = TypeVar("Decoded")


class TamperedName(NamedTuple):
    """Content of the name of a tampered image, misnamings corrected.

    Attributes
    ----------
    background, donor : str
        Category and number of the photograph that was tampered with, and of the one that the
        region is from; the same after a copy-move.
    region_size : {"small", "medium", "large", ""}
    number : str
        Unique to each tampered image.
    """

    background: str
    donor: str
    region_size: str
    number: str


class Release(NamedTuple):
    """How the files of one version are named.

    Attributes
    ----------
    title : str
    folder : str
        That of tampered images, beside ``Au``.
    authentic_id, tampered_name, mask_number : callable
        Decode a name without its suffix; None for another name.
    photograph : callable
        One id for all authentic images that are the same photograph.
    """

    title: str
    folder: str
    authentic_id: Callable[[str], str | None]
    tampered_name: Callable[[str], TamperedName | None]
    mask_number: Callable[[str], str | None]
    photograph: Callable[[str], str]


def corrections(table: str) -> dict[str, tuple[str, str]]:
    """Background and donor by number, from a text that lists the three in turn."""
    words = table.split()
    return dict(zip(words[::3], zip(words[1::3], words[2::3], strict=True), strict=True))


def casia_columns(
    root: str | PathLike, release: Release
) -> tuple[dict[str, Any], list[TamperedName]]:
    """Columns of the schema, authentic images first, and the names of the tampered ones."""
    folder = locate(root, "Au")
    authentic = _decoded(folder, release.authentic_id, release.title)
    tampered = _decoded(find(folder.parent, release.folder), release.tampered_name, release.title)
    _refuse_twins(authentic)
    _refuse_twins({path: name.number for path, name in tampered.items()})
    masks = _masks(Path(root), release.mask_number)
    names = list(tampered.values())
    sources = list(authentic.values())
    on_disk = set(sources)
    copied = [name.background == name.donor for name in names]
    photograph = release.photograph
    columns = {
        "images": [*authentic, *tampered],
        "kind": ["authentic"] * len(sources) + [("splice", "copy-move")[same] for same in copied],
        "pairs": sources
        + [name.background if name.background in on_disk else None for name in names],
        "masks": [None] * len(sources) + [masks.get(name.number) for name in names],
        "groups": [photograph(source) for source in sources + [name.background for name in names]],
        "donors": [photograph(source) for source in sources + [name.donor for name in names]],
    }
    return columns, names


def _decoded(
    folder: Path, decode: Callable[[str], Decoded | None], title: str
) -> dict[str, Decoded]:
    """Images of a folder with their decoded names."""
    names: dict[str, Decoded] = {}
    for path in images_in(folder).values():
        decoded = decode(path.stem)
        if decoded is None:
            raise ValueError(
                f"{str(path)!r} is not a {title} file name; move files that do not belong to the "
                f"data set elsewhere"
            )
        names[str(path)] = decoded
    return names


def _masks(root: Path, mask_number: Callable[[str], str | None]) -> dict[str, str]:
    """Masks by the number of their image."""
    masks: dict[str, str] = {}
    for folder, inner, files in os.walk(root, followlinks=True):
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__")))
        if len(Path(folder).relative_to(root).parts) >= DEPTH:
            inner.clear()
        for name in sorted(files):
            number = mask_number(Path(name).stem)
            if number is None or not name.lower().endswith(".png"):
                continue
            path = str(Path(folder, name))
            if masks.setdefault(number, path) != path:
                raise ValueError(f"{masks[number]!r} and {path!r} mask the same image; remove one")
    return masks


def _refuse_twins(ids: dict[str, str]) -> None:
    """Raise ValueError if two files have the same id."""
    known: dict[str, str] = {}
    for path, source in ids.items():
        if known.setdefault(source, path) != path:
            raise ValueError(f"{known[source]!r} and {path!r} are the same image; remove one")
