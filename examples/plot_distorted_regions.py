"""
Regions of different distortions, and what it saves to know them
================================================================

Ahn, Kang and Sohn (2017) distort regions of photographs in eight ways, to train detectors of them.
This page shows their two kinds of data, and the use that they have in mind: an image that is
compressed again only where compression shows.
"""

# %%
# Basic and difficult
# -------------------
# Basic images have one to four regions of .3 to .7 of the side, difficult ones five to nine of .1
# to .3. A level is drawn for each region, so that some are faint.

import io

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

from sk_hyperimage.datasets import load_sample_photos, make_distortion_detection, make_panoramas
from sk_hyperimage.distortions import compress_unevenly, compressed
from sk_hyperimage.images import regions_from_map
from sk_hyperimage.inspection import DetectionDisplay
from sk_hyperimage.metrics import ssim

photos = load_sample_photos(crop_size=300).images
sets = {
    "basic": {},
    "difficult": {"n_regions": (5, 9), "region_size": (0.1, 0.3)},
}
figure, axes = plt.subplots(2, 3, figsize=(10, 7), layout="constrained")
for row, (name, options) in zip(axes, sets.items(), strict=True):
    data = make_distortion_detection(photos[:3], n_per_photograph=1, random_state=4, **options)
    for ax, image, boxes in zip(row, data.images, data.target, strict=True):
        DetectionDisplay(image, boxes, target_names=data.target_names).plot(ax)
    row[0].set_ylabel(name)

# %%
# A panorama of three shots, each compressed by itself:

data = make_panoramas(photos[3:4], random_state=1)
display = DetectionDisplay(data.images[0], data.target[0], target_names=data.target_names).plot()

# %%
# Compress again only what is damaged
# -----------------------------------
# Whoever compresses a photograph has the original. So where compression shows can be found without
# a model, by their structural similarity; a map of any model would do. Strong compression, a list
# of regions, and a file whose regions are compressed less:

QUALITY, STRONG = 90, 25


def decoded(file):
    return np.asarray(Image.open(io.BytesIO(file)))


def similar(photo, image, mask):
    return ssim(photo, image, full=True)[1][mask].mean()


print("photograph  regions  area   bytes: strong  uneven  fine   SSIM there: strong  uneven  fine")
saved, pictures = [], []
for index, photo in enumerate(photos[:6]):
    strong = compressed(photo, format="JPEG", quality=STRONG).astype(np.uint8)
    damage = 1 - ssim(photo, strong, full=True)[1]
    regions = regions_from_map(damage, threshold=0.4, min_area=100)
    boxes = np.column_stack(list(regions.values()))[:, :6]
    mask = np.zeros(photo.shape[:2], dtype=bool)
    for row0, col0, row1, col1 in boxes[:, :4].astype(int):
        mask[row0:row1, col0:col1] = True
    if not mask.any():
        continue
    whole = [[0, 0, *photo.shape[:2]]]
    files = [
        compress_unevenly(photo, [], elsewhere=STRONG, quality=STRONG),
        compress_unevenly(photo, boxes, elsewhere=STRONG, quality=QUALITY),
        compress_unevenly(photo, whole, quality=QUALITY),
    ]
    scores = [similar(photo, decoded(file), mask) for file in files]
    print(
        f"{index:10}{len(boxes):9}{mask.mean():7.2f}"
        + "".join(f"{len(file):{width}}" for file, width in zip(files, (15, 8, 6), strict=True))
        + "".join(f"{score:{width}.3f}" for score, width in zip(scores, (21, 8, 6), strict=True))
    )
    saved.append(1 - len(files[1]) / len(files[2]))
    pictures.append((photo, boxes, decoded(files[1])))
print(f"saved against fine compression of everything: {np.mean(saved):.0%} on average")

# %%
# In the regions the uneven file is as good as the fine one; how much smaller it is depends on the
# share of the photograph that they cover.

photo, boxes, uneven = pictures[0]
figure, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
DetectionDisplay(photo, y_pred=boxes, score_threshold=0, target_names=["damage"]).plot(axes[0])
axes[1].imshow(uneven)
axes[1].set(xticks=[], yticks=[], title="compressed unevenly")
plt.show()
