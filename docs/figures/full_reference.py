"""Maps of full-reference scores where one part of a photograph is noisy and another blurred."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import gaussian_filter

from sk_hyperimage.datasets import load_sample_photos
from sk_hyperimage.metrics import FULL_REFERENCE

pristine = load_sample_photos(crop_size=192).images[4] / 255
damaged = pristine.copy()
noise = np.random.default_rng(0).normal(0, 0.06, pristine.shape)
damaged[:, :64] = (pristine + noise).clip(0, 1)[:, :64]
damaged[:, 128:] = gaussian_filter(pristine, (1.5, 1.5, 0))[:, 128:]

shown = ["psnr", "ssim", "ms_ssim", "fsimc", "vsi", "gmsd", "vif"]
figure, axes = plt.subplots(2, 4, figsize=(9, 4.7))
axes[0, 0].imshow(damaged)
axes[0, 0].set_title("image")
for axis, name in zip(axes.ravel()[1:], shown, strict=True):
    score = FULL_REFERENCE[name]
    values = score.pixel_map(pristine, damaged)
    least, most = np.quantile(values, [0.02, 0.98])
    colors = "gray" if score.map_higher_is_better else "gray_r"
    axis.imshow(values, cmap=colors, vmin=least, vmax=most)
    axis.set_title(name)
for axis in axes.ravel():
    axis.set(xticks=[], yticks=[])
