"""One model, evaluated on splits by image and on splits by reference."""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVR

from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
from sk_hyperimage.feature_extraction import BrisqueFeatures
from sk_hyperimage.metrics import srocc_score
from sk_hyperimage.model_selection import ReferenceShuffleSplit

photos = load_sample_photos().images[:25]
data = make_damage_kinds(photos, n_levels=2, random_state=0)
features = BrisqueFeatures().fit_transform(data.images)
model = make_pipeline(MinMaxScaler((-1, 1)), SVR(C=10, epsilon=0.01))

scores = {}
for name, groups in {"image": np.arange(len(features)), "reference": data.groups}.items():
    scores[name] = []
    for train, test in ReferenceShuffleSplit(n_splits=50, random_state=0).split(groups=groups):
        model.fit(features[train], data.target[train])
        scores[name].append(srocc_score(data.target[test], model.predict(features[test])))

figure, axis = plt.subplots(figsize=(6.4, 3.4))
for name, values in scores.items():
    label = f"split by {name}: {np.mean(values):.2f} ± {np.std(values, ddof=1):.2f}"
    axis.hist(values, bins=np.arange(-0.2, 1.01, 0.025), alpha=0.7, label=label)
axis.set(xlabel="SROCC on the test images", ylabel="splits of 50", xlim=(0, 1))
axis.legend(loc="upper left")
