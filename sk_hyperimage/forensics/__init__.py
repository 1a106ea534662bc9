"""What only forgery work needs: the contour of a forged region, and what is learned along it."""

from sk_hyperimage.forensics._contours import contour_points, tampered_region
from sk_hyperimage.forensics._encoder import ForgeryEncoder
from sk_hyperimage.forensics._maps import overlay, tampering_maps
from sk_hyperimage.forensics._markov import MarkovDCTFeatures

__all__ = [
    "ForgeryEncoder",
    "MarkovDCTFeatures",
    "contour_points",
    "overlay",
    "tampered_region",
    "tampering_maps",
]
