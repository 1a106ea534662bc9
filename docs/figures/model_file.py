"""What takes how much of a model file."""

import tempfile
import zipfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from sk_hyperimage.architectures import KANG2014
from sk_hyperimage.ensemble import HyperImageRegressor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import save_model

images = np.random.default_rng(0).random((8, 64, 64), dtype=np.float32)
model = HyperImageRegressor(
    patch_estimator=CNNRegressor(KANG2014, max_epochs=1),
    final_estimator=CNNRegressor("C(32) MP(3) FC(100) FC(1,linear)", max_epochs=1),
    random_state=0,
).fit(images, images.std(axis=(1, 2)))
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "quality.model")
    save_model(model, path)
    with zipfile.ZipFile(path) as archive:
        sizes = {member.filename: member.file_size / 1024 for member in archive.infolist()}

figure, axis = plt.subplots(figsize=(7, 1.8))
bars = axis.barh(list(sizes), list(sizes.values()))
axis.bar_label(bars, [f"{size:,.1f} KiB" for size in sizes.values()], padding=4)
axis.invert_yaxis()
axis.set(xticks=[], xlim=(0, 1.25 * max(sizes.values())))
axis.spines[["top", "right", "bottom"]].set_visible(False)
