"""Published networks in the notation of the hyper-image paper; one file per paper, strings only.

`RECORDS` gives, by name, each network's input shape and its place in the paper.
"""

from sk_hyperimage.architectures import _hyper_image, _manipulation, _quality
from sk_hyperimage.architectures._hyper_image import (
    FORGERY_CHANNEL,
    FORGERY_END_TO_END,
    FORGERY_STAGE2,
    KANG2014,
    LIVE_STAGE2,
    SYNTHETIC_STAGE1,
    SYNTHETIC_STAGE2,
    TID_DEEP,
    TID_SHALLOW,
    TID_STAGE2,
    VGG16_STAGE1,
)
from sk_hyperimage.architectures._manipulation import BAYAR2016, MISLNET2018
from sk_hyperimage.architectures._quality import (
    BIECON_STAGE1,
    BIECON_STAGE2,
    DIQA_STAGE1,
    DIQA_STAGE2,
    DIQAM,
    DIQAM_STAGE2,
    IMAGE_WISE,
    PERCEPTRON_STAGE2,
    WADIQAM_STAGE2,
)
from sk_hyperimage.architectures._record import Record

RECORDS = _hyper_image.RECORDS | _manipulation.RECORDS | _quality.RECORDS

__all__ = [
    "BAYAR2016",
    "BIECON_STAGE1",
    "BIECON_STAGE2",
    "DIQAM",
    "DIQAM_STAGE2",
    "DIQA_STAGE1",
    "DIQA_STAGE2",
    "FORGERY_CHANNEL",
    "FORGERY_END_TO_END",
    "FORGERY_STAGE2",
    "IMAGE_WISE",
    "KANG2014",
    "LIVE_STAGE2",
    "MISLNET2018",
    "PERCEPTRON_STAGE2",
    "RECORDS",
    "Record",
    "SYNTHETIC_STAGE1",
    "SYNTHETIC_STAGE2",
    "TID_DEEP",
    "TID_SHALLOW",
    "TID_STAGE2",
    "VGG16_STAGE1",
    "WADIQAM_STAGE2",
]
