"""Losses of a small network, and the epoch whose weights it kept."""

import matplotlib.pyplot as plt

from sk_hyperimage.datasets import make_synthetic_artifacts
from sk_hyperimage.inspection import LossCurveDisplay
from sk_hyperimage.neural_network import CNNRegressor

data = make_synthetic_artifacts(300, image_size=48, random_state=0)
model = CNNRegressor("C(8,5,2) MP(2) C(16) MP(2) FC(32) FC(1,linear)", random_state=0)
model.fit(data.images, data.target)
LossCurveDisplay.from_estimator(model, ax=plt.figure(figsize=(6.4, 3.4)).subplots())
