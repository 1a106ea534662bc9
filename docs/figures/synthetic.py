"""Images of the synthetic task with their scores."""

import matplotlib.pyplot as plt

from sk_hyperimage.datasets import make_synthetic_artifacts

data = make_synthetic_artifacts(5, random_state=1)
figure, axes = plt.subplots(1, 5, figsize=(10, 2.4))
for axis, image, score in zip(axes, data.images, data.target, strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=1)
    axis.set(title=f"score {score:.2f}", xticks=[], yticks=[])
