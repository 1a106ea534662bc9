"""
Table 1: the synthetic task
===========================

The two experiments of Table 1 of the hyper-image paper: a score that depends on small artifacts
and on their positions. Patch averaging cannot know positions, the second stage can, and joint
training of both stages adapts the first to the second.

In this documentation, the example runs on few images, for a minute or two. The published size,
2,000 training images and three seeds, takes two hours on two cores::

    python examples/plot_synthetic_table1.py --full

and with ``known``, ``inherited`` or ``none`` behind it those rows of the table alone. The page
:doc:`/results/synthetic_table1` shows its results.
"""

# %%
# The setting
# -----------
# Training, validation and test images are drawn independently. The validation images decide when
# to stop and which weights to keep; the test images are used once.

import csv
import json
import sys
import time
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from sk_hyperimage import architectures as arch
from sk_hyperimage.datasets import make_artifact_positions, make_synthetic_artifacts
from sk_hyperimage.ensemble import HyperImageRegressor, PatchPoolingRegressor
from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.metrics import plcc_score, srocc_score
from sk_hyperimage.neural_network import CNNRegressor

FULL = "--full" in sys.argv
N_TRAIN, N_VALIDATION, N_TEST = (2000, 500, 1000) if FULL else (120, 40, 50)
SEEDS = (0, 1, 2) if FULL else (0,)
N_SETS, N_PER_SET = (5, 200) if FULL else (1, 20)
PATCH_EPOCHS, STAGE_TWO_EPOCHS, JOINT_EPOCHS = (2, 30, 18) if FULL else (1, 5, 1)

# Added to a seed, so that the three data sets are drawn from seeds of their own.
TRAINING, TEST, POSITIONS = 0, 1000, 2000

examples = make_synthetic_artifacts(4, random_state=1)
figure, axes = plt.subplots(1, 4, figsize=(8, 2.3))
for axis, image, score in zip(axes, examples.images, examples.target, strict=True):
    axis.imshow(image, cmap="gray", vmin=0, vmax=1)
    axis.set(title=f"score {score:.2f}", xticks=[], yticks=[])

# %%
# The models
# ----------
# The networks are those of Table 4, on ten by ten patches of 32 pixels. The paper trains with
# stochastic gradient descent for up to 280 epochs; Adam with a cosine schedule needs fewer.
# At full size bfloat16 halves the time, on processors that compute in it. The score has the
# symmetries of a square, so these augment the second stage and the joint training. A negative has
# the score of its image, so the negative of every training image is added.

GRID = PatchExtractor(patch_size=32, overlap=2 / 3)
TRAINER = {
    "solver": "adam",
    "learning_rate": "cosine",
    "learning_rate_init": 1e-3,
    "decay": 0.0,
    "precision": "bfloat16" if FULL else "full",
}


def stage_one(seed):
    return CNNRegressor(
        arch.SYNTHETIC_STAGE1,
        batch_size=256,
        max_epochs=PATCH_EPOCHS,
        random_state=seed,
        **TRAINER,
    )


def stage_two(seed):
    return CNNRegressor(
        arch.SYNTHETIC_STAGE2,
        batch_size=20,
        max_epochs=STAGE_TWO_EPOCHS,
        n_iter_no_change=STAGE_TWO_EPOCHS,
        augmentation="symmetries",
        random_state=seed,
        **TRAINER,
    )


# %%
# The labels of patches
# ---------------------
# The paper takes patch labels from the ground truth if there is any. Here there is: the score of
# Eq. 3 applied to a patch, in which an artifact counts by its visible share. With these labels,
# patch averaging comes close to the paper. Without known patch labels, every patch
# inherits the score of its image. The package's default learns filters from images without labels.
# The example shows all three settings.


def share_seen(starts, first):
    """Share of an artifact's 16 pixels that each patch of 32 pixels covers, along one axis."""
    end = np.minimum(starts + 32, first[..., np.newaxis] + 16)
    return np.clip(end - np.maximum(starts, first[..., np.newaxis]), 0, None) / 16


def patch_labels(data):
    """Scores of all patches, (n_images, 10, 10)."""
    windows = GRID.fit(data.images).grid_.windows(data.images.shape[1:])
    of_rows = share_seen(windows.rows.ravel(), data.positions[..., 0])[..., :, np.newaxis]
    of_cols = share_seen(windows.cols.ravel(), data.positions[..., 1])[..., np.newaxis, :]
    terms = data.terms[..., np.newaxis, np.newaxis] * of_rows * of_cols
    return 5 - np.sqrt((terms**2).sum(axis=1))


# %%
# The models of the paper share one first stage, which is fitted once, inside the joint model.
# Joint training is shown for known patch labels. Of the default nothing is named but the grid.


def fit_default(seed):
    """Prediction function of the fitted default, by name."""
    data = make_synthetic_artifacts(N_TRAIN + N_VALIDATION, random_state=TRAINING + seed)
    model = HyperImageRegressor(extractor=GRID, random_state=seed).fit(data.images, data.target)
    return {"Two-stage, the default": model.predict}


def fit_models(seed, labels_known):
    """Prediction functions of the fitted models, by name."""
    data = make_synthetic_artifacts(N_TRAIN + N_VALIDATION, random_state=TRAINING + seed)
    images = np.concatenate([data.images, 1 - data.images[:N_TRAIN]])
    target = np.concatenate([data.target, data.target[:N_TRAIN]])
    labels = patch_labels(data)
    labels = np.concatenate([labels, labels[:N_TRAIN]])
    validation = np.zeros(len(images), dtype=bool)
    validation[N_TRAIN : N_TRAIN + N_VALIDATION] = True
    joint = HyperImageRegressor(
        "passthrough",
        GRID,
        stage_one(seed),
        stage_two(seed),
        fine_tune_epochs=JOINT_EPOCHS if labels_known else 0,
        fine_tune_learning_rate_init=5e-4,
        random_state=seed,
    )
    joint.fit(
        images,
        target,
        validation_mask=validation,
        patch_targets=labels if labels_known else None,
    )
    shared = FrozenEstimator(joint.patch_estimator_)
    averaging = Pipeline([("patches", GRID), ("pool", PatchPoolingRegressor(shared))])
    averaging.fit(images, target)
    models = {"Patch averaging": averaging.predict}
    if not labels_known:
        return models | {"Two-stage": joint.predict}
    two_stage = Pipeline(
        [("patches", GRID), ("encode", HyperImageEncoder(shared)), ("regress", stage_two(seed))]
    )
    two_stage.fit(images, target, regress__validation_mask=validation)
    return models | {
        "Two-stage": two_stage.predict,
        "Joint fine-tuning": joint.predict,
        "Joint, mean of symmetries": partial(mean_of_symmetries, joint),
    }


def mean_of_symmetries(model, images):
    """Mean prediction over the eight symmetries of the square and the negatives of all eight."""
    flipped = [images, images[:, ::-1], images[:, :, ::-1], images[:, ::-1, ::-1]]
    alike = [i for f in flipped for i in (f, f.swapaxes(1, 2))]
    return np.mean([model.predict(i) for a in alike for i in (a, 1 - a)], axis=0)


# %%
# The measurements
# ----------------
# Experiment 1 takes new images of the same kind. Experiment 2 takes images that share background
# and artifacts and differ only in the positions of the artifacts; several such sets are
# averaged, because a single one means little.


def measure(predict, seed):
    """SROCC and PLCC of experiment 1; their mean in experiment 2, for 1 to 5 artifacts."""
    test = make_synthetic_artifacts(N_TEST, random_state=TEST + seed)
    predicted = predict(test.images)
    positions = []
    for n_artifacts in range(1, 6):
        scores = []
        for index in range(N_SETS):
            data = make_artifact_positions(
                N_PER_SET,
                n_artifacts=n_artifacts,
                random_state=POSITIONS + 100 * seed + 10 * n_artifacts + index,
            )
            moved = predict(data.images)
            scores += [srocc_score(data.target, moved), plcc_score(data.target, moved)]
        positions.append(float(np.mean(scores)))
    return {
        "srocc": srocc_score(test.target, predicted),
        "plcc": plcc_score(test.target, predicted),
        "positions": positions,
    }


# %%
# The table
# ---------
# The paper's numbers, and the means over the seeds.

PAPER = {
    "Patch averaging": [0.9132, 0.8982, 0.665, 0.7, 0.544, 0.5, 0.439],
    "Two-stage": [0.9611, 0.9586, 0.886, 0.811, 0.738, 0.744, 0.718],
}
COLUMNS = ["SROCC", "PLCC", *(f"{n} artifacts" for n in range(1, 6))]
SETTINGS = {
    "known": partial(fit_models, labels_known=True),
    "inherited": partial(fit_models, labels_known=False),
    "none": fit_default,
}
CHOSEN = [name for name in SETTINGS if name in sys.argv] or list(SETTINGS)


def table(results):
    """Rows of text: the paper's numbers, then ours for each setting and model."""
    rows = [["Model", "Patch labels", *COLUMNS]]
    rows += [[name, "paper", *(f"{value:.3f}" for value in row)] for name, row in PAPER.items()]
    for setting, models in results.items():
        for name, runs in models.items():
            values = [[run["srocc"], run["plcc"], *run["positions"]] for run in runs]
            means = np.mean(values, axis=0)
            rows.append([name, setting, *(f"{mean:.4f}" for mean in means)])
    return rows


def save(results, seconds):
    """Write the table for the documentation, and the numbers for every seed beside it."""
    folder = Path(__file__).parent.parent / "docs" / "results"
    record = json.loads((folder / "synthetic_table1.json").read_text())
    setting = {
        "n_train": N_TRAIN,
        "n_validation": N_VALIDATION,
        "n_test": N_TEST,
        "epochs": [PATCH_EPOCHS, STAGE_TWO_EPOCHS, JOINT_EPOCHS],
        "position_sets": N_SETS,
        "images_per_position_set": N_PER_SET,
        "seeds": SEEDS,
        "seconds": record["setting"]["seconds"] | {", ".join(CHOSEN): round(seconds)},
    }
    results = record["results"] | results
    content = json.dumps({"setting": setting, "results": results}, indent=1)
    (folder / "synthetic_table1.json").write_text(content + "\n")
    with open(folder / "synthetic_table1.csv", "w", newline="") as file:
        csv.writer(file).writerows(table(results))


# %%
# Running it
# ----------
# At full size, every finished seed is written to the results in the documentation.

started = time.perf_counter()
results = {}
for setting in CHOSEN:
    models = results[setting] = {}
    for seed in SEEDS:
        for name, predict in SETTINGS[setting](seed).items():
            models.setdefault(name, []).append(measure(predict, seed))
            seconds = time.perf_counter() - started
            print(
                f"{seconds:.0f} s: seed {seed}, {name}, patch labels {setting}:", models[name][-1]
            )
        if FULL:
            save(results, seconds)

for model, labels, *cells in table(results):
    print(f"{model:29}{labels:10}", *(f"{cell:>11}" for cell in cells))

plt.show()
