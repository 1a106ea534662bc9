"""Finding damaged regions with the light detector, beside its convolutions alone.

The convolutions are those of the network, each of an input of the shape that it has in it, which
lies in memory already. Decoding of boxes, normalization and all else comes on top for ours.
"""

import numpy as np
import torch
from _measure import faster, in_turns, show
from torch import nn

from sk_hyperimage.datasets import load_sample_photos, make_distortion_detection
from sk_hyperimage.neural_network import RegionDetector

OURS, LIMIT = "RegionDetector.predict", "its convolutions alone"


def convolutions(network, batch):
    """Every convolution of a network and an input of the shape that it has there."""
    found = []

    def note(layer, inputs, _):
        like = torch.rand(inputs[0].shape).contiguous(memory_format=torch.channels_last)
        found.append((layer, like))

    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    with torch.inference_mode():
        network(batch)
    for hook in hooks:
        hook.remove()
    return found


def apply_all(layers):
    with torch.inference_mode():
        for layer, inputs in layers:
            layer(inputs)


def compare():
    photographs = load_sample_photos(crop_size=300).images[:4]
    data = make_distortion_detection(photographs, n_per_photograph=2, random_state=0)
    images = np.stack([np.asarray(image, dtype=np.float32) for image in data.images])
    detector = RegionDetector(max_epochs=1, random_state=0).fit(images, data.target)
    network = detector.net_.module_.eval()
    layers = convolutions(network, torch.from_numpy(images))
    seconds = in_turns(
        {OURS: lambda: detector.predict(images), LIMIT: lambda: apply_all(layers)}, repeats=15
    )
    name = f"detect, {len(images)} images of 300 x 300 x 3"
    return [faster(name, seconds, OURS, LIMIT, ">= 0.4")]


if __name__ == "__main__":
    show(compare())
