"""Three predictors through the eyes of SROCC, PLCC and the logistic curve."""

import matplotlib.pyplot as plt
import numpy as np

from sk_hyperimage.inspection import ScoreScatterDisplay

rng = np.random.default_rng(0)
opinion = rng.uniform(0, 9, 120)
noise = rng.normal(0, 0.4, 120)
predictors = {
    "straight": opinion + noise,
    "bent": np.exp(0.55 * (opinion + noise)),
    "the wrong way around": 9 - opinion + noise,
}
figure, axes = plt.subplots(1, 3, figsize=(10, 3.5), sharey=True)
for axis, (name, predicted) in zip(axes, predictors.items(), strict=True):
    ScoreScatterDisplay.from_predictions(opinion, predicted, ax=axis)
    axis.set_title(name)
    axis.legend_.set_loc("best")
for axis in axes[1:]:
    axis.set_ylabel("")
