"""What all experiments read: photographs to train on and others to test on, and 8-bit images."""

import numpy as np

from sk_hyperimage.datasets import load_image_folder


def photographs_of(options):
    """Paths of photographs to train and to test on."""
    train, test = (load_image_folder(folder).images for folder in (options.data, options.test))
    return [train[: options.photographs], test]


def whole_numbers(images):
    """All images in memory, which every epoch reads again."""
    return np.stack([np.rint(255 * image).astype(np.uint8) for image in images])
