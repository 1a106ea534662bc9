"""Networks of picture quality that the survey of Kim et al. 2017 compares.

Kim, Zeng, Ghadiyaram, Lee, Zhang and Bovik, "Deep convolutional neural models for picture-quality
prediction". First stages describe patches; second stages read hyper-images, grids of any size of
these descriptions. ``Mean``, ``MeanStd`` and ``WeightedMean`` aggregate all cells; ``C(n,1)`` is a
dense layer in each cell.
"""

from __future__ import annotations

from sk_hyperimage.architectures._record import Record

# Bosse et al. 2016 and 2018, "DIQaM-NR": 10 convolutions and 2 dense layers on raw RGB, trained
# patch by patch (Eq. 1). Of 32 x 32 pixels the poolings leave one cell, which Mean only flattens;
# it is the layer, -3, whose 512 numbers describe a patch for the second stages below.
DIQAM = (
    "2xC(32) MP(2) 2xC(64) MP(2) 2xC(128) MP(2) 2xC(256) MP(2) 2xC(512) MP(2) "
    "Mean FC(512) Drop(0.5) FC(1,linear)"
)

# The same head, trained on the mean of the patches' scores (Eq. 2): the mean of a linear layer is
# that layer of the mean.
DIQAM_STAGE2 = "C(512,1) Drop(0.5) Mean FC(1,linear)"

# "WaDIQaM-NR" (Eq. 2): two heads of 512 units side by side, of scores and of weights.
WADIQAM_STAGE2 = "C(1024,1) Drop(0.5) WeightedMean(512) FC(1,linear)"

# Figure 4 d, a perceptron that aggregates (Eq. 3); the survey gives no sizes, these are ours. It
# reads every cell in its place, so the grid is fixed.
PERCEPTRON_STAGE2 = "FC(512) Drop(0.5) FC(1,linear)"

# Kim and Lee 2017, "BIECON": 2 convolutions and 6 dense layers; layer -3 describes a patch. The
# rate of the dropout is ours.
BIECON_STAGE1 = (
    "2x(C(64,5) MP(2)) FC(1024) Drop(0.5) FC(512) Drop(0.5) FC(256) Drop(0.5) FC(128) Drop(0.5) "
    "FC(128) FC(1,linear)"
)

# Its second stage: two moments over the patches, and a perceptron (Eq. 3).
BIECON_STAGE2 = "MeanStd Drop(0.5) FC(128) FC(1,linear)"

# Kim, Nguyen and Lee 2019, "DIQA": 8 convolutions, which neural_network.DIQA reads errors from.
DIQA_STAGE1 = "C(48) C(48,3,2) C(64) C(64,3,2) C(64) C(64) C(128) C(128)"

# Its second stage: features averaged with weights that are learned, and 3 dense layers (Eq. 3).
DIQA_STAGE2 = "WeightedMean FC(128) FC(128) FC(1,linear)"

# The survey's own network, trained on whole images or on squares of 112 x 112 (Eq. 3).
IMAGE_WISE = f"{DIQA_STAGE1} Mean FC(128) FC(128) FC(1,linear)"

# "DIQaM-FR": the trunk of DIQaM-NR on an image and its reference, and a head on both descriptions
# and their difference; layer -3, Fuse, describes a pair of patches for WADIQAM_STAGE2.
DIQAM_FR = (
    "Twins 2xC(32) MP(2) 2xC(64) MP(2) 2xC(128) MP(2) 2xC(256) MP(2) 2xC(512) MP(2) "
    "Mean Fuse FC(512) Drop(0.5) FC(1,linear)"
)

# Liang et al. 2016: two paths of 2 convolutions and a dense layer with shared weights, 2 dense
# layers on both descriptions. Sizes are ours: the survey gives none.
DUAL_PATH = "Twins C(32,5) MP(2) C(64,5) MP(2) FC(400) Fuse(both) FC(400) Drop(0.5) FC(1,linear)"

# Kang et al. 2015, "IQA-CNN++", with heads for the score and for the kind of damage, which are its
# last layer; not in the survey. "IQA-CNN+" is KANG2014 with both heads.
IQA_CNN_PLUS_PLUS = (
    "C(8,3,1,linear,valid) MP(2) C(32,3,1,linear,valid) MinMaxPool(13) "
    "FC(128) Drop(0.5) FC(512) FC(1,linear)"
)

RECORDS = {
    "DIQAM": Record(DIQAM, (32, 32, 3), "Table I, [25]"),
    "DIQAM_STAGE2": Record(DIQAM_STAGE2, (24, 23, 512), "Table I, [25]"),
    "WADIQAM_STAGE2": Record(WADIQAM_STAGE2, (24, 23, 512), "Table I, [25]"),
    "PERCEPTRON_STAGE2": Record(PERCEPTRON_STAGE2, (24, 23, 512), "Figure 4 d"),
    "BIECON_STAGE1": Record(BIECON_STAGE1, (32, 32, 1), "Table I, [26]"),
    "BIECON_STAGE2": Record(BIECON_STAGE2, (24, 23, 128), "Table I, [26]"),
    "DIQA_STAGE1": Record(DIQA_STAGE1, (112, 112, 1), "Table I, [27]"),
    "DIQA_STAGE2": Record(DIQA_STAGE2, (24, 23, 128), "Table I, [27]"),
    "IMAGE_WISE": Record(IMAGE_WISE, (112, 112, 1), "Section V"),
    "DIQAM_FR": Record(DIQAM_FR, (32, 32, 6), "Bosse et al. 2018"),
    "DUAL_PATH": Record(DUAL_PATH, (32, 32, 6), "Table I, [28]"),
    "IQA_CNN_PLUS_PLUS": Record(IQA_CNN_PLUS_PLUS, (32, 32, 1), "Kang et al. 2015"),
}
