"""What is known of a published network."""

from __future__ import annotations

from typing import NamedTuple


class Record(NamedTuple):
    """A network as its paper gives it.

    Attributes
    ----------
    layers : str
        The notation.
    input_shape : tuple of int
        (n_rows, n_cols, n_channels) of the samples that the paper gives it.
    source : str
        Where it stands in the paper.
    """

    layers: str
    input_shape: tuple[int, int, int]
    source: str
