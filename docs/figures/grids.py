"""As many patches on a small image as on a large one."""

import matplotlib.pyplot as plt

from sk_hyperimage.datasets import load_sample_photos
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.inspection import PatchGridDisplay

photo = load_sample_photos(crop_size=256).images[1]
images = [photo, photo[30:190, 30:230]]
extractor = PatchExtractor(patch_size=64, overlap=0.25).fit(images)
figure, axes = plt.subplots(1, 2, figsize=(8, 4.2))
for axis, image in zip(axes, images, strict=True):
    PatchGridDisplay.from_estimator(extractor, image, ax=axis)
    n_rows, n_cols = image.shape[:2]
    axis.set(title=f"{n_rows} x {n_cols} pixels", xlim=(-4, 260), ylim=(260, -4), anchor="N")
    axis.axis("off")
