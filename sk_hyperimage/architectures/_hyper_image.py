"""Networks of the hyper-image paper (Tables 4 and 5, Experiment 5), in its own notation.

``C(n, r, s)`` is a convolution with n filters of size r and stride s followed by a ReLU, ``MP(n)``
max-pooling that shrinks by n, ``FC(n)`` a dense layer, ``Drop(p)`` dropout. The strings work at
any size that leaves something after every pooling.
"""

from __future__ import annotations

from sk_hyperimage.architectures._record import Record

# Table 5: first stage for LIVE and TID2013, the network of Kang et al. (CVPR 2014). The
# convolution is unpadded and linear, since a ReLU before min-pooling would leave it nothing to
# find; dropout after the second dense layer, which the table leaves out, is that of the authors'
# published code.
KANG2014 = "C(50,7,1,linear,valid) MinMaxPool(26) FC(800) FC(800) Drop(0.5) FC(1,linear)"

# Table 4, "Synthetic stage 1". Its Input(128,128) is that of the image: the five poolings and
# the 10 x 10 grid belong to 32-pixel patches.
SYNTHETIC_STAGE1 = (
    "C(16) MP(2) C(32) MP(2) 2xC(48) MP(2) 2xC(64) MP(2) 2xC(128) MP(2) "
    "FC(400) Drop(0.5) FC(400) Drop(0.5) FC(1,linear)"
)

# Table 4, "Synthetic stage 2".
SYNTHETIC_STAGE2 = (
    "2xC(16) MP(2) 2xC(32) MP(2) 2xC(64) MP(2) "
    "FC(400) Drop(0.5) FC(400,tanh) Drop(0.5) FC(1,linear)"
)

# Table 4, "LIVE stage 2".
LIVE_STAGE2 = (
    "2xC(32) MP(2) 2xC(48) MP(2) 2xC(64) MP(2) 2xC(128) MP(2) "
    "FC(500) Drop(0.5) FC(500,tanh) Drop(0.5) FC(1,linear)"
)

# Table 4, "TID stage 2".
TID_STAGE2 = (
    "2xC(64) MP(2) 2xC(64) MP(2) 2xC(128) MP(2) 2xC(128) MP(2) "
    "FC(500) Drop(0.5) FC(500,tanh) Drop(0.5) FC(1,linear)"
)

# Table 4, "Shallow end-to-end network for TID (Expt 4)".
TID_SHALLOW = (
    "C(32,7,2) MP(2) C(64,7,1) MP(2) 2x(C(128) MP(2)) 2x(C(256)) MP(2) "
    "FC(400) Drop(0.25) FC(400,tanh) Drop(0.25) FC(1,linear)"
)

# Table 4, "Deep end-to-end network for TID (Expt 4)".
TID_DEEP = (
    "C(32) MP(2) C(64) MP(2) 2x(C(128) MP(2)) 2x(C(256) C(256) MP(2)) 2x(C(512) C(512) MP(2)) "
    "FC(400) Drop(0.25) FC(400,tanh) Drop(0.25) FC(1,linear)"
)

# Experiment 5: VGG-16 up to conv4_3, and two dense layers. That a patch of 32 x 32 becomes
# 2 x 2 x 512 implies the pooling after conv4_3; the dropout is that of KANG2014.
VGG16_STAGE1 = (
    "2xC(64) MP(2) 2xC(128) MP(2) 3xC(256) MP(2) 3xC(512) MP(2) "
    "FC(800) FC(800) Drop(0.5) FC(1,linear)"
)

# Table 4, "Forgery channel": describes a patch, no output of its own.
FORGERY_CHANNEL = (
    "2xC(64) MP(2) 2xC(128) MP(2) 2xC(128) MP(2) 2xC(256) MP(2) "
    "FC(500) Drop(0.5) FC(500) Drop(0.5)"
)

# Table 4, "Forgery stage 2".
FORGERY_STAGE2 = (
    "3xC(64) MP(2) 3xC(128) MP(2) 3xC(256) MP(2) FC(800) Drop(0.5) FC(800) Drop(0.5) FC(1,sigmoid)"
)

# Table 4, "Forgery end-to-end CNN".
FORGERY_END_TO_END = (
    "C(32) MP(2) C(64) MP(2) 2xC(64) MP(2) 2xC(128) MP(2) 2xC(128) MP(2) 2xC(256) MP(2) "
    "FC(500) Drop(0.5) FC(500) Drop(0.5) FC(1,sigmoid)"
)

RECORDS = {
    "KANG2014": Record(KANG2014, (32, 32, 3), "Table 5"),
    "SYNTHETIC_STAGE1": Record(SYNTHETIC_STAGE1, (32, 32, 1), "Table 4"),
    "SYNTHETIC_STAGE2": Record(SYNTHETIC_STAGE2, (10, 10, 400), "Table 4"),
    "LIVE_STAGE2": Record(LIVE_STAGE2, (24, 23, 800), "Table 4"),
    "TID_STAGE2": Record(TID_STAGE2, (23, 31, 800), "Table 4"),
    "TID_SHALLOW": Record(TID_SHALLOW, (384, 512, 3), "Table 4"),
    "TID_DEEP": Record(TID_DEEP, (384, 512, 3), "Table 4"),
    "VGG16_STAGE1": Record(VGG16_STAGE1, (32, 32, 3), "Experiment 5"),
    "FORGERY_CHANNEL": Record(FORGERY_CHANNEL, (64, 64, 3), "Table 4"),
    "FORGERY_STAGE2": Record(FORGERY_STAGE2, (15, 15, 500), "Table 4"),
    "FORGERY_END_TO_END": Record(FORGERY_END_TO_END, (256, 384, 3), "Table 4"),
}
