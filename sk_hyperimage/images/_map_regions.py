"""Regions of a map: connected pixels above a threshold, or of one class, and their boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sk_hyperimage._typing import Floats
from sk_hyperimage.images._errors import errors_named

# Columns of a table of regions; the first six are those of detections.
COLUMNS = ("row0", "col0", "row1", "col1", "label", "score", "area")


def regions_from_map(
    map_: ArrayLike, *, threshold: float = 0.5, background: int | None = None, min_area: int = 1
) -> dict[str, np.ndarray]:
    """Find the regions of a map, as a table.

    Parameters
    ----------
    map_ : array-like of shape (n_rows, n_cols) or (n_rows, n_cols, n_classes)
        One map, of any model of the package. Of one value for each pixel: higher in the regions
        that are looked for; give the negative of a map of quality, and of the threshold. Of
        probabilities of classes: each pixel belongs to the class of the highest. NaN belongs to
        no region.
    threshold : float, default=0.5
        Values above it make a region. Of classes the highest must be above it.
    background : int, default=None
        Class that makes no regions, such as the intact one. None: there is none.
    min_area : int, default=1
        Least number of pixels of a region; smaller ones are left out.

    Returns
    -------
    regions : dict of str to ndarray of shape (n_regions,)
        From the highest score down, as ``pandas.DataFrame(regions)`` takes them:

        row0, col0, row1, col1 : int
            The box around the region, half-open.
        label : int
            Class of the region, 0 where the map has one value for each pixel.
        score : float
            Mean of the map, or of its class, over the pixels of the region.
        area : int
            Pixels of the region itself, of which a box has at least as many.

    Raises
    ------
    ValueError
        If the map is none or contains infinity, or `min_area` is less than 1.

    See Also
    --------
    sk_hyperimage.inspection.patch_maps : Maps of models.
    sk_hyperimage.persistence.save_regions : Writes tables of many images.

    Notes
    -----
    Pixels belong together if they touch at a side or a corner.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_hyperimage.images import regions_from_map
    >>> map_ = np.zeros((6, 8))
    >>> map_[1:3, 1:5], map_[5, 7] = 0.75, 1.0
    >>> for name, column in regions_from_map(map_, min_area=2).items():
    ...     print(name, column)
    row0 [1]
    col0 [1]
    row1 [3]
    col1 [5]
    label [0]
    score [0.75]
    area [8]
    """
    from scipy import ndimage

    values = _checked(map_)
    if values.ndim not in (2, 3) or 0 in values.shape:
        raise ValueError(
            f"a map is (n_rows, n_cols) or (n_rows, n_cols, n_classes), got shape {values.shape}"
        )
    if min_area < 1:
        raise ValueError(f"min_area must be 1 or more, got {min_area!r}")
    classes = np.zeros(values.shape[:2], dtype=int)
    if values.ndim == 3:
        known = np.where(np.isnan(values), -np.inf, values)
        classes, values = known.argmax(axis=2), known.max(axis=2)
    rows = []
    for label in np.unique(classes[values > threshold]):
        if label == background:
            continue
        found, _ = ndimage.label((classes == label) & (values > threshold), np.ones((3, 3)))
        for number, (down, right) in enumerate(ndimage.find_objects(found), 1):
            inside = found[down, right] == number
            area = int(inside.sum())
            if area >= min_area:
                score = values[down, right][inside].mean()
                rows.append((down.start, right.start, down.stop, right.stop, label, score, area))
    rows.sort(key=lambda row: -row[5])
    table = np.array(rows, dtype=float).reshape(-1, len(COLUMNS))
    return {
        name: column if name == "score" else column.astype(int)
        for name, column in zip(COLUMNS, table.T, strict=True)
    }


def _checked(map_: ArrayLike) -> Floats:
    """The map as floats, some of which may be NaN."""
    given = np.asarray(map_)
    if given.dtype.kind == "c":
        raise ValueError("a map holds real numbers, not complex ones")
    unsuited = errors_named("a map holds numbers", TypeError, ValueError, OverflowError)
    with unsuited, np.errstate(over="ignore"):
        values = given.astype(np.float64)
    if np.isinf(values).any():
        raise ValueError("the map contains infinity")
    return values
