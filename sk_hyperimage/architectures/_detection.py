"""Networks of paper 3, on distorted regions, and the light detector of this package.

The other words are those of the hyper-image paper.
"""

from __future__ import annotations

from sk_hyperimage.architectures._record import Record

# The light detector: cells of 8 x 8 pixels, described from all pixels, because noise shows in the
# finest detail and would be lost by reducing the image first.
REGION_TRUNK = (
    "C(24,5,2,linear) BN(relu) C(40,3,2,linear) BN(relu) C(64,3,2,linear) BN(relu)"
)

# Maps of cells of 16 x 16, and of those in turn of 32 x 32 pixels, which see as far as a large
# region reaches: 170 pixels to each side.
REGION_CONTEXT = (
    "C(96,3,2,linear) BN(relu) 2x(C(96,linear) BN(relu))",
    "C(128,3,2,linear) BN(relu) 3x(C(128,linear) BN(relu))",
)

# On the sum of all.
REGION_HEAD = "C(64,linear) BN(relu)"

RECORDS = {
    "REGION_TRUNK": Record(REGION_TRUNK, (304, 304, 6), "of this package"),
    "REGION_CONTEXT_16": Record(REGION_CONTEXT[0], (38, 38, 64), "of this package"),
    "REGION_CONTEXT_32": Record(REGION_CONTEXT[1], (20, 20, 96), "of this package"),
    "REGION_HEAD": Record(REGION_HEAD, (38, 38, 64), "of this package"),
}
