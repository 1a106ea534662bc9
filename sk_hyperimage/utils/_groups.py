"""Drawing groups, the one mechanism behind every split that keeps references apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def draw_groups(
    groups: np.ndarray, sizes: Sequence[float], random_state: np.random.RandomState
) -> list[np.ndarray]:
    """Draw disjoint parts of the samples that share no group with each other or the rest.

    Parameters
    ----------
    groups : ndarray of shape (n_samples,)
        Group of each sample. Groups are sorted before they are drawn, so the parts depend on
        which groups there are and not on the order of the samples.
    sizes : sequence of float or int
        Size of each part: a float is a share of the groups (rounded, at least one group), an int
        a number of groups.
    random_state : RandomState

    Returns
    -------
    masks : list of ndarray of bool of shape (n_samples,)
        Samples of each part.

    Raises
    ------
    ValueError
        If the parts would leave no group for the rest.
    """
    names, codes = np.unique(groups, return_inverse=True)
    counts = [
        size if isinstance(size, (int, np.integer)) else max(1, round(size * len(names)))
        for size in sizes
    ]
    if sum(counts) >= len(names):
        raise ValueError(
            f"groups holds {len(names)} different group(s), too few to hold back {counts} and "
            f"keep at least one to train on; give more groups, or none, or smaller sizes"
        )
    order = random_state.permutation(len(names))
    bounds = np.cumsum([0, *counts])
    return [
        np.isin(codes, order[start:stop])
        for start, stop in zip(bounds[:-1], bounds[1:], strict=True)
    ]
