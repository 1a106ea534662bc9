"""Published networks, with torchvision's names for their weights, which are read from files.

A new network is a row in `_published.py`, and a plan or a class of its own.
"""

from sk_hyperimage.neural_network.trunks._loading import outline, read_trunk
from sk_hyperimage.neural_network.trunks._published import NETWORKS, Network, network_of
from sk_hyperimage.neural_network.trunks._releases import (
    Release,
    check_rgb,
    choose_release,
    file_of,
)
from sk_hyperimage.neural_network.trunks._trunk import Trunk

__all__ = [
    "NETWORKS",
    "Network",
    "Release",
    "Trunk",
    "check_rgb",
    "choose_release",
    "file_of",
    "network_of",
    "outline",
    "read_trunk",
]
