"""The record of a published network."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """A network, as published.

    Attributes
    ----------
    layers : str
        The network in the notation.
    input_shape : tuple of int
        (n_rows, n_cols, n_channels) of its samples in the paper.
    source : str
        Its place in the paper.
    """

    layers: str
    input_shape: tuple[int, int, int]
    source: str
