"""
Where is it damaged? A map without a reference
==============================================

The first stage of DIQA learns how far every cell of 4 x 4 pixels is from the original, which is
needed in ``fit`` alone. Afterwards the network tells from a damaged image where it is damaged.
Where an image is flat nothing shows what was lost, and the network does not have to know.
"""

# %%
# Photographs damaged in regions
# ------------------------------
# The target is a computed map, the squared error, so nobody has to score anything. Photographs of
# the test are others than those of training.

import matplotlib.pyplot as plt
import numpy as np

from sk_hyperimage.datasets import load_sample_photos, make_local_damage
from sk_hyperimage.feature_extraction import PatchExtractor, patch_scores
from sk_hyperimage.metrics import srocc_score
from sk_hyperimage.neural_network import DIQA, ErrorMapRegressor

photos = load_sample_photos(crop_size=112)
_, names = np.unique(photos.groups, return_inverse=True)
is_test = names >= names.max() - 3
damage = {"kinds": ["additive noise", "impulse noise", "jpeg"], "random_state": 0}
made = make_local_damage(photos.images[~is_test][::2], n_per_reference=4, **damage)
test = make_local_damage(photos.images[is_test][::5], n_per_reference=1, **damage)
originals = photos.images[~is_test][::2][made.groups]
squares = PatchExtractor(112, overlap=0)
errors = patch_scores(made.images, originals, score="psnr", extractor=squares, cell_size=4)
print(errors.shape, len(test.images))

# %%
# The network
# -----------
# A quarter of the published filters learns in less than a minute here.

network = ErrorMapRegressor(
    DIQA("C(12) C(12,3,2) C(16) C(16,3,2) C(16) C(32)"),
    loss="squared_error",
    solver="adam",
    learning_rate="cosine",
    learning_rate_init=3e-3,
    batch_size=8,
    max_epochs=8,
    augmentation="flips",
    random_state=0,
)
network.fit(made.images, errors[:, 0, 0], groups=made.groups)

# %%
# What it tells of other photographs
# ----------------------------------
# Inside the border of four cells, which does not count in training.

told = network.predict_maps(test.images)
true = patch_scores(
    test.images,
    photos.images[is_test][::5][test.groups],
    score="psnr",
    extractor=squares,
    cell_size=4,
)[:, 0, 0]
inner = np.s_[:, 4:-4, 4:-4]
agreement = [
    srocc_score(*(of.ravel() for of in pair))
    for pair in zip(true[inner], told[inner], strict=True)
]
print(f"rank correlation of the cells of a map: {np.mean(agreement):.2f} on average")

figure, axes = plt.subplots(3, 4, figsize=(8, 6.2), layout="constrained")
for column, index in zip(axes.T, np.linspace(0, len(told) - 1, 4).astype(int), strict=True):
    column[0].imshow(test.images[index])
    for axis, of in zip(column[1:], (true, told), strict=True):
        axis.imshow(np.sqrt(np.clip(of[index, 4:-4, 4:-4], 0, None)), vmin=0, vmax=0.2)
for axis, label in zip(axes[:, 0], ["damaged", "its error", "told without original"], strict=True):
    axis.set_ylabel(label)
for axis in axes.flat:
    axis.set(xticks=[], yticks=[])

plt.show()
