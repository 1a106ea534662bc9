"""
Selective patch training
========================

Where damage is local, most patches of a damaged image are intact. Patches inherit the score of
their image, so a network trained on all of them learns that intact patches are bad. Selective
patch training compares with the pristine image, which is available in training, and keeps the
patches that differ from it.
"""

# %%
# Local and global damage
# -----------------------
# Displaced fragments and blocks of another color damage parts of an image; noise damages all of
# it.

import matplotlib.pyplot as plt
import numpy as np

from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
from sk_hyperimage.feature_extraction import PatchExtractor, patch_ssim, select_patches

photos = load_sample_photos(crop_size=256).images[:12]
data = make_damage_kinds(
    photos, kinds=["pattern", "blocks", "additive noise"], include_pristine=True, random_state=0
)
references = photos[data.groups]

# %%
# First the similarity of every patch to the same patch of the pristine image, then the patches to
# keep: those of damaged images that have a low similarity, and as many patches of pristine images.

extractor = PatchExtractor(patch_size=32, overlap=0.5)
similarity = patch_ssim(data.images, references, extractor=extractor)
low = select_patches(similarity, data.target, balance=False)
patch_targets = select_patches(similarity, data.target, random_state=0)

pristine = data.level == 0
for title, targets in {"low similarity": low, "equal numbers": patch_targets}.items():
    kept = np.isfinite(targets).mean(axis=(1, 2))
    shares = ", ".join(
        f"{kind} {kept[data.kind == kind].mean():.0%}" for kind in np.unique(data.kind)
    )
    print(f"{title}, share of patches kept: {shares}")
n_kept = np.isfinite(patch_targets)
print(f"{n_kept[~pristine].sum()} damaged patches, {n_kept[pristine].sum()} pristine ones")

# %%
# The patches that are kept
# -------------------------
# To train a patch network on them:
# ``HyperImageEncoder(...).fit(grids, data.target, patch_targets=patch_targets)``

grid = extractor.fit(data.images).grid_
rows = [
    np.flatnonzero((data.kind == kind) & (data.level == 4) & (data.groups == 2))[0]
    for kind in ("pattern", "blocks", "additive noise")
]
figure, axes = plt.subplots(len(rows), 3, figsize=(7.5, 7.5), layout="constrained")
for axis, index in zip(axes, rows, strict=True):
    axis[0].imshow(data.images[index])
    axis[0].set_ylabel(f"{data.kind[index]}, level {data.level[index]}")
    shape = data.images.shape[1:3]
    shade = axis[1].imshow(grid.paint(similarity[index], shape), vmin=0, vmax=1)
    kept = grid.paint(np.isfinite(low[index]), shape)
    axis[2].imshow(data.images[index])
    axis[2].imshow(np.ones(shape), cmap="gray", vmin=0, vmax=1, alpha=0.85 * (1 - kept))
for axis, title in zip(axes[0], ["image", "similarity (SSIM)", "patches kept"], strict=True):
    axis.set_title(title)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])
figure.colorbar(shade, ax=axes, shrink=0.5, label="similarity to the pristine image")

plt.show()
