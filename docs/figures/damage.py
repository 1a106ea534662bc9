"""Damage of a part, of the whole, and a forgery, in the manner of the paper's Fig. 1."""

import matplotlib.pyplot as plt
import numpy as np

from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds, make_forgeries
from sk_hyperimage.inspection import PatchMapDisplay

photos = load_sample_photos(crop_size=256).images[[4, 6]]
damaged = make_damage_kinds(photos[:1], kinds=["pattern", "additive noise"], random_state=0)
forged = make_forgeries(photos, kinds=["splice"], random_state=3)
local = damaged.images[damaged.is_local & (damaged.level == 4)][0]
everywhere = damaged.images[~damaged.is_local & (damaged.level == 5)][0]
tampered = forged.images[forged.target == 1][0]


def changed(image):
    return (np.abs(image.astype(float) - photos[0]).max(axis=2) > 4).astype(float)


columns = {
    "intact": (photos[0], np.zeros(photos[0].shape[:2])),
    "damaged in places": (local, changed(local)),
    "damaged everywhere": (everywhere, changed(everywhere)),
    "forged": (tampered, forged.masks[forged.target == 1][0].astype(float)),
}
figure, axes = plt.subplots(2, 4, figsize=(10, 5.2))
for column, (title, (image, where)) in zip(axes.T, columns.items(), strict=True):
    column[0].imshow(image)
    PatchMapDisplay(where, image).plot(column[1], colorbar=False, imshow_kwargs={"cmap": "Reds"})
    column[0].set_title(title)
    for axis in column:
        axis.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("image")
axes[1, 0].set_ylabel("what was changed")
