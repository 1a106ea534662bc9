"""The schema of the data that all loaders and generators return."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import Bunch

from sk_hyperimage.images import Samples


def data_bunch(
    *,
    images: ArrayLike | Samples,
    DESCR: str,
    target: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    kind: Sequence[str] | np.ndarray | None = None,
    level: ArrayLike | None = None,
    masks: np.ndarray | Samples | None = None,
    pairs: np.ndarray | None = None,
    references: Sequence[str] | None = None,
    score_range: tuple[float, float] | None = None,
    higher_is_better: bool | None = None,
    return_X_y: bool = False,
    **extras: ArrayLike | None,
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Collect the columns of a data set, each with one entry per image.

    Parameters
    ----------
    images : array-like of shape (n_images, ...) or Samples
        Pixels or paths; samples stay lazy.
    DESCR : str
        Contents, source, meaning and direction of the target, and publications to cite.
    target : array-like of shape (n_images,) or (n_images, max_boxes, 5)
        Scores or labels, or boxes.
    groups : array-like of shape (n_images,)
        Images of one group always stay together in splits.
    kind : array-like of str of shape (n_images,)
        Damage or manipulation.
    level : array-like of int of shape (n_images,)
        Strength of the damage.
    masks : ndarray of shape (n_images, n_rows, n_cols) or (n_images,), or Samples
        Damaged or tampered pixels, as booleans or paths; None for no mask.
    pairs : ndarray of shape (n_images,)
        The authentic image that each was made from.
    references : sequence of str of shape (n_images,)
        Path of the pristine image of each.
    score_range : tuple of float
        Ends of the scale, if the target is a score.
    higher_is_better : bool
        Direction of the target, if it is a score.
    return_X_y : bool, default=False
        Whether to return ``(images, target)`` only.
    **extras
        Further columns of this data set.

    Returns
    -------
    data : Bunch
        With all of these names, None if unknown.
    (images, target) : tuple if `return_X_y` is True
    """
    data = Bunch(
        images=images if isinstance(images, Samples) else np.asarray(images),
        target=_column(target),
        groups=_column(groups),
        kind=_column(kind, str),
        level=_column(level, int),
        masks=masks,
        pairs=pairs,
        references=_column(references, str),
        score_range=score_range,
        higher_is_better=higher_is_better,
        DESCR=DESCR,
        **{name: _column(values) for name, values in extras.items()},
    )
    return (data.images, data.target) if return_X_y else data


def _column(values: ArrayLike | None, dtype: type | None = None) -> np.ndarray | None:
    return None if values is None else np.asarray(values, dtype=dtype)
