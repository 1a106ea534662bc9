"""Local contrast normalization takes scenes away and keeps damage."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter

from sk_hyperimage.datasets import load_sample_photos
from sk_hyperimage.preprocessing import LocalContrastNormalizer

photo = load_sample_photos(crop_size=256).images[4] / 255
noisy = photo + np.random.default_rng(0).normal(0, 0.06, photo.shape)
blurred = gaussian_filter(photo, (2, 2, 0))
images = {"intact": photo, "noise": noisy.clip(0, 1), "blur": blurred}
normalized = LocalContrastNormalizer().fit_transform(np.stack(list(images.values())))

figure, axes = plt.subplot_mosaic(
    [["intact", "noise", "blur", "histogram"], ["of intact", "of noise", "of blur", "histogram"]],
    figsize=(9, 3.9),
    width_ratios=[1, 1, 1, 1.6],
)
bins = np.linspace(-3, 3, 61)
for (name, image), values in zip(images.items(), normalized, strict=True):
    axes[name].imshow(image)
    axes[name].set(title=name, xticks=[], yticks=[])
    axes[f"of {name}"].imshow(values.mean(axis=2), cmap="gray", vmin=-2, vmax=2)
    axes[f"of {name}"].set(xticks=[], yticks=[])
    density, _ = np.histogram(values, bins=bins, density=True)
    axes["histogram"].plot((bins[1:] + bins[:-1]) / 2, density, label=name)
axes["intact"].set_ylabel("image")
axes["of intact"].set_ylabel("normalized")
axes["histogram"].set(yticks=[], xlabel="normalized value", title="histogram")
axes["histogram"].legend()
