"""Patches of photographs and their manipulated twins (Cozzolino et al. 2017, Tables I and II)."""

from __future__ import annotations

import zlib
from collections.abc import Generator, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch, check_consistent_length, check_random_state

from sk_hyperimage._typing import ImagesLike, Ints, Seed
from sk_hyperimage.datasets._bunch import data_bunch
from sk_hyperimage.datasets.generators._arguments import check_kinds, check_levels
from sk_hyperimage.datasets.generators._photographs import (
    name_of,
    named,
    photograph_at,
    photograph_sequence,
)
from sk_hyperimage.distortions import MANIPULATIONS
from sk_hyperimage.images import Windows
from sk_hyperimage.images._reading import shape_of
from sk_hyperimage.utils._gathered import gathered
from sk_hyperimage.utils._sklearn import Interval, validate_params

DESCRIPTION = """\
Patches of photographs, and of the same photographs after a manipulation: median filtering,
Gaussian blur, additive noise, resizing and JPEG compression with the parameters of Table I of
Cozzolino, Poggi and Verdoliva 2017, "Recasting residual-based local descriptors as convolutional
neural networks", and rotation, contrast enhancement and histogram equalization, which they name.
Whole photographs are manipulated and rounded to 8 bits; a manipulated patch lies where its
pristine twin does, or where that was moved to. The target is 1 for a manipulated patch; `kind`,
or `kind` and `level`, are the classes of the task which manipulation it was.
"""

PRISTINE = "pristine"
# The default: the families of Table I. Rows that are added to the registry come after them.
TABLE_1 = tuple(MANIPULATIONS)[:5]


class Places(NamedTuple):
    """Which photograph, and the first row and column of its patches, (n, 2)."""

    photograph: int
    seed: int
    starts: Ints


@validate_params(
    {
        "photographs": "no_validation",  # arrays or paths: checked one by one
        "kinds": ["array-like", None],
        "levels": ["array-like"],
        "patch_size": [Interval(Integral, 8, None, closed="left")],
        "n_patches": [Interval(Integral, 1, None, closed="left")],
        "groups": ["array-like", None],
        "return_X_y": ["boolean"],
        "temp_folder": [str, None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_manipulations(
    photographs: ImagesLike,
    *,
    kinds: Sequence[str] | None = None,
    levels: Sequence[int] = (1, 2, 3),
    patch_size: int = 128,
    n_patches: int = 9,
    groups: ArrayLike | None = None,
    return_X_y: bool = False,
    temp_folder: str | None = None,
    random_state: Seed = None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Cut patches of photographs, and the same patches after manipulations.

    Every pristine patch comes with one manipulated twin for each kind and level: one kind at one
    level is a balanced task of two classes, a cell of Table II. Patches of one photograph do not
    overlap and lie at random places.

    Parameters
    ----------
    photographs : sequence of images or paths, or array of shape (n, n_rows, n_cols, 3), uint8
        8-bit color photographs, which may differ in size; one is in memory at a time.
    kinds : sequence of str, default=None
        Names in ``sk_hyperimage.distortions.MANIPULATIONS``. None: its first five, those of
        Table I: "median", "blur", "noise", "resizing" and "jpeg".
    levels : sequence of int, default=(1, 2, 3)
        From 1, the hardest to detect, to 3.
    patch_size : int, default=128
        Rows and columns of a patch, at least 8; the paper's are the default.
    n_patches : int, default=9
        Pristine patches of a photograph. Of one that holds fewer, all are taken.
    groups : array-like of shape (n_photographs,), default=None
        What to keep together in splits, such as the device of each photograph. None: every
        photograph is a group.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` only.
    temp_folder : str, default=None
        A folder for a temporary file with the patches; None: they are in memory, 49 kB for each
        at the default size.
    random_state : int, RandomState instance or None, default=None
        Seed. The patches of a photograph depend on it and on the photograph's position only, not
        on other photographs or on what other kinds and levels are asked for.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; a pristine patch precedes its twins.

        images : ndarray of shape (n, patch_size, patch_size, 3), uint8
            The patches, with a `temp_folder` a read-only memmap.
        target : ndarray of int of shape (n,)
            1 for a manipulated patch, 0 for a pristine one.
        kind : ndarray of str of shape (n,)
            "pristine" or the manipulation: the classes of the task which one it was.
        level : ndarray of int of shape (n,)
            0 for a pristine patch.
        strength : ndarray of shape (n,)
            The parameter in Table I: kernel size, standard deviation in pixels or gray levels,
            scale, JPEG quality, and likewise degrees or factor; NaN for a pristine patch.
        groups : ndarray of shape (n,)
            As given, or the index of the photograph.
        pairs : ndarray of int of shape (n,)
            Index of the pristine twin; its own for a pristine patch.
        photographs : ndarray of int of shape (n,)
            Index of the photograph.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    ValueError
        If a kind or level is unknown, a photograph is not an 8-bit color image or is too small
        for a patch before or after a manipulation (the message names it), or `groups` has another
        length.

    See Also
    --------
    load_device_photos : Photographs in a folder for each device.
    make_forgeries : Photographs whose pasted regions are manipulated.

    Notes
    -----
    Where the paper leaves a choice: Gaussian blur reaches 4 standard deviations; resizing and
    rotation are Pillow's bicubic interpolation; JPEG is that of Pillow, of the colors, which are
    halved in rows and columns. Its blocks start at the corner of the photograph, so that they are
    off the patch by a random number of pixels. For kinds that move what is seen, the twin is cut
    around the moved center, and within the image where that is too near the border.

    References
    ----------
    D. Cozzolino, G. Poggi and L. Verdoliva, "Recasting residual-based local descriptors as
    convolutional neural networks: an application to image forgery detection", IH&MMSec 2017,
    Section IV and Table I.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_sample_photos, make_manipulations
    >>> photos = load_sample_photos()
    >>> data = make_manipulations(
    ...     photos.images[:6], kinds=["median"], levels=[1], patch_size=64, n_patches=2,
    ...     groups=photos.groups[:6], random_state=0,
    ... )
    >>> data.images.shape, data.kind[:3].tolist(), data.strength[:3].tolist()
    ((24, 64, 64, 3), ['pristine', 'median', 'pristine'], [nan, 3.0, nan])

    With the device of every photograph as its group, no device is in training and test:

    >>> import numpy as np
    >>> from sk_hyperimage.model_selection import ReferenceShuffleSplit
    >>> devices = np.repeat(["phone", "camera", "tablet"], 2)
    >>> data = make_manipulations(
    ...     photos.images[:6], patch_size=64, n_patches=1, groups=devices, random_state=0
    ... )
    >>> splitter = ReferenceShuffleSplit(1, test_size=1, validation_size=1, random_state=0)
    >>> for parts in splitter.split_with_validation(groups=data.groups):
    ...     print([np.unique(data.groups[part]).item() for part in parts])
    ['camera', 'phone', 'tablet']
    """
    kinds = check_kinds(kinds, default=TABLE_1, known=MANIPULATIONS)
    levels = check_levels(levels, *kinds)
    sequence = photograph_sequence(photographs)
    if groups is not None:
        check_consistent_length(sequence, groups)
    edits = [(kind, level) for kind in kinds for level in levels]
    seeds = check_random_state(random_state).randint(2**32, size=len(sequence), dtype=np.uint32)
    places = [
        _places(sequence, index, int(seed), patch_size, n_patches)
        for index, seed in enumerate(seeds)
    ]
    of_patches = np.repeat(np.arange(len(sequence)), [len(place.starts) for place in places])
    n_rows = len(of_patches) * (1 + len(edits))
    of_rows = np.repeat(of_patches, 1 + len(edits))
    labels = [(PRISTINE, 0), *edits]
    strengths = [np.nan, *(MANIPULATIONS[kind].strengths[level - 1] for kind, level in edits)]
    return data_bunch(
        images=gathered(_patches(sequence, places, edits, patch_size), n_rows, temp_folder),
        target=np.tile([0] + [1] * len(edits), len(of_patches)),
        groups=of_rows if groups is None else np.asarray(groups)[of_rows],
        kind=np.tile([kind for kind, _ in labels], len(of_patches)),
        level=np.tile([level for _, level in labels], len(of_patches)),
        strength=np.tile(strengths, len(of_patches)),
        pairs=np.repeat(np.arange(len(of_patches)) * len(labels), len(labels)),
        photographs=of_rows,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )


def _places(photographs: Any, index: int, seed: int, size: int, n_patches: int) -> Places:
    """Places of patches in a photograph: some of those of a lattice whose origin is random."""
    shape = named(shape_of, photographs, index)
    rng = np.random.RandomState(seed)
    counts = [side // size for side in shape[:2]]
    if min(counts) < 1:
        raise ValueError(
            f"{name_of(photographs, index)} has {shape[0]} x {shape[1]} pixels, fewer than a "
            f"patch of patch_size={size}"
        )
    origin = [rng.randint(side - n * size + 1) for side, n in zip(shape, counts, strict=False)]
    lattice = np.stack(np.unravel_index(rng.permutation(int(np.prod(counts))), counts), axis=1)
    return Places(index, seed, np.array(origin) + size * lattice[:n_patches])


def _patches(
    photographs: Any, places: list[Places], edits: list[tuple[str, int]], size: int
) -> Generator[np.ndarray, None, None]:
    """Patches of one photograph after the other, (n_patches * (1 + n_edits), size, size, 3)."""
    for index, seed, starts in places:
        photograph = photograph_at(photographs, index)
        versions = [_cut(photograph, starts, size)]
        for name, level in edits:
            kind = MANIPULATIONS[name]
            # Of its own, so that noise does not depend on what else is asked for.
            rng = np.random.RandomState([seed, zlib.crc32(name.encode()), level])
            edited = kind(photograph, level, rng)
            room = np.array(edited.shape[:2]) - size
            if room.min() < 0:
                raise ValueError(
                    f"{name_of(photographs, index)} has {edited.shape[0]} x {edited.shape[1]} "
                    f"pixels after {name!r} of level {level}, fewer than a patch of "
                    f"patch_size={size}"
                )
            middle = (size - 1) / 2
            moved = np.stack(
                [
                    kind.moved(start + middle, level, photograph.shape, edited.shape) - middle
                    for start in starts
                ]
            )
            versions.append(_cut(edited, np.clip(np.rint(moved).astype(int), 0, room), size))
        yield np.stack(versions, axis=1).reshape(-1, size, size, 3)


def _cut(photograph: np.ndarray, starts: Ints, size: int) -> np.ndarray:
    return Windows(starts[:, 0], starts[:, 1], (size, size)).cut(photograph)
