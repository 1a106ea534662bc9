"""Outputs of each layer of the networks for LIVE."""

import matplotlib.pyplot as plt
import numpy as np

from sk_hyperimage import architectures
from sk_hyperimage.neural_network.layers import parse, trace_shapes

NETWORKS = ["KANG2014", "LIVE_STAGE2"]
figure, axes = plt.subplots(1, 2, figsize=(10, 4.6))
for axis, name in zip(axes, NETWORKS, strict=True):
    layers = parse(getattr(architectures, name))
    shapes = trace_shapes(layers, architectures.RECORDS[name].input_shape)
    rows = [("input", shapes[0]), *zip(map(str, layers), shapes[1:], strict=True)]
    bars = axis.barh(range(len(rows)), [np.prod(shape) for _, shape in rows], color="tab:blue")
    labels = [" x ".join(map(str, shape)) for _, shape in rows]
    axis.bar_label(bars, labels, padding=4)
    axis.set(xscale="log", xlim=(0.7, 5e8), xlabel="numbers handed on", title=name)
    axis.set_yticks(range(len(rows)), [layer for layer, _ in rows])
    axis.invert_yaxis()
    axis.spines[["top", "right"]].set_visible(False)
