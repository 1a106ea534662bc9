"""Finding regions: what outputs of networks mean as boxes, and the networks."""

from sk_hyperimage.neural_network.detection._boxes import KIND, Boxes, DetectionArchitecture
from sk_hyperimage.neural_network.detection._region_network import RegionNet, RegionNetwork
from sk_hyperimage.neural_network.detection._ssd import SSD300

__all__ = ["KIND", "SSD300", "Boxes", "DetectionArchitecture", "RegionNet", "RegionNetwork"]
