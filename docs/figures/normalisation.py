"""Local contrast normalisation takes scenes away and keeps damage."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter

from sk_hyperimage.datasets import load_sample_photos
from sk_hyperimage.preprocessing import LocalContrastNormalizer

photo = load_sample_photos(crop_size=256).images[4] / 255
noisy = photo + np.random.default_rng(0).normal(0, 0.06, photo.shape)
blurred = gaussian_filter(photo, (2, 2, 0))
images = {"intact": photo, "noise": noisy.clip(0, 1), "blur": blurred}
normalised = LocalContrastNormalizer().fit_transform(np.stack(list(images.values())))

figure, axes = plt.subplots(2, 4, figsize=(9, 4.4), width_ratios=[1, 1, 1, 1.5])
for column, (name, image) in enumerate(images.items()):
    axes[0, column].imshow(image)
    axes[1, column].imshow(normalised[column].mean(axis=2), cmap="gray", vmin=-2, vmax=2)
    axes[0, column].set_title(name)
    for row in range(2):
        axes[row, column].set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("image")
axes[1, 0].set_ylabel("normalised")
axes[0, 3].axis("off")
for name, values in zip(images, normalised, strict=True):
    density, edges = np.histogram(values, bins=np.linspace(-3, 3, 61), density=True)
    axes[1, 3].plot(edges[:-1] + 0.05, density, label=name)
axes[1, 3].set(yticks=[], xlabel="normalised value", title="histogram")
axes[1, 3].legend()
