"""
Overlapping patches share their work
====================================

Patches that overlap by half repeat every convolution about four times. Where a network starts with
convolutions that add no border, the encoder runs them once over the whole image and gets the same
numbers. It detects such networks by itself.
"""

# %%
# A first stage that can share
# ----------------------------
# Kang's network: a 7 x 7 convolution without padding, then minima and maxima over the patch.

import time

import matplotlib.pyplot as plt
import numpy as np

from sk_hyperimage import architectures as arch
from sk_hyperimage.datasets import load_sample_photos
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import LocalContrastNormalizer

photos = load_sample_photos(crop_size=256).images[:16]
images = LocalContrastNormalizer().fit_transform(photos)
grids = PatchExtractor(patch_size=32, overlap=0.5).fit_transform(images)
stage_one = CNNRegressor(arch.KANG2014, max_epochs=1, random_state=0)
target = photos.mean(axis=(1, 2, 3))
encoder = HyperImageEncoder(stage_one).fit(grids, target)
print(f"without padding: {encoder.encoding_}")

# %%
# A padded network sees the border of every patch, so its patches are encoded one by one.

padded = CNNRegressor("C(8,7) MP(32) FC(8) FC(1,linear)", max_epochs=1, random_state=0)
print(f"with padding: {HyperImageEncoder(padded).fit(grids, target).encoding_}")

# %%
# The same numbers in less time
# -----------------------------

hyper_images, seconds = {}, {}
for encoding in ("patches", "dense"):
    encoder.encoding_ = encoding
    encoder.transform(grids)  # the first call warms up
    start = time.perf_counter()
    hyper_images[encoding] = encoder.transform(grids)
    seconds[encoding] = time.perf_counter() - start

difference = np.abs(hyper_images["dense"] - hyper_images["patches"]).max()
largest = np.abs(hyper_images["patches"]).max()
print(f"largest difference: {difference / largest:.1e} of the largest value")
print(f"dense is {seconds['patches'] / seconds['dense']:.1f} times as fast here")

figure, axes = plt.subplots(1, 3, figsize=(8, 3), layout="constrained")
strongest = hyper_images["dense"].std(axis=(0, 1, 2)).argmax()
axes[0].imshow(photos[0])
for axis, (encoding, values) in zip(axes[1:], hyper_images.items(), strict=True):
    axis.imshow(values[0, :, :, strongest])
    axis.set_title(f"{encoding}: {1000 * seconds[encoding] / len(photos):.0f} ms per image")
for axis in axes:
    axis.set(xticks=[], yticks=[])

plt.show()
