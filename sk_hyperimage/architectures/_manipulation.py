"""Networks that detect manipulations: the competitor of Cozzolino et al. 2017, and its successor.

``CC(n, r)`` is a constrained convolution, ``LRN`` local response normalization, ``BN(tanh)`` batch
normalization followed by a tanh; ``MP(3, 2)`` and ``AP(3, 2)`` pool squares of 3 x 3 at a stride
of 2. The other words are those of the hyper-image paper. Both networks read one channel, the
green one in their papers.
"""

from __future__ import annotations

from sk_hyperimage.architectures._record import Record

# Bayar and Stamm, "A deep learning approach to universal image manipulation detection using a new
# convolutional layer", IH&MMSec 2016: "Bayar2016" of Table II. Its patches are of 227 x 227; the
# input here is that of Table II. That poolings are padded decides the size at 128 x 128 only:
# unpadded ones would round the same sides at 227 x 227.
BAYAR2016 = (
    "CC(12,5) C(64,7,2) LRN MP(3,2) C(48,5) LRN MP(3,2) "
    "FC(4096) Drop(0.5) FC(4096) Drop(0.5) FC(1,sigmoid)"
)

# Bayar and Stamm, "Constrained convolutional neural networks: a new approach towards general
# purpose image manipulation detection", IEEE TIFS 2018: MISLnet, a different network with 3
# constrained filters. The unpadded poolings leave 6 x 6 x 128 to the first dense layer.
MISLNET2018 = (
    "CC(3,5) C(96,7,2,linear,valid) BN(tanh) MP(3,2,valid) "
    "2x(C(64,5,linear) BN(tanh) MP(3,2,valid)) "
    "C(128,1,linear) BN(tanh) AP(3,2,valid) FC(200,tanh) FC(200,tanh) FC(1,sigmoid)"
)

RECORDS = {
    "BAYAR2016": Record(BAYAR2016, (128, 128, 1), "Table II"),
    "MISLNET2018": Record(MISLNET2018, (256, 256, 1), "Bayar and Stamm 2018"),
}
