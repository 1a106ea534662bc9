"""Networks that learn from scratch what kind of damage a whole image has (Table 1).

Every photograph is damaged in eight ways at three levels; tests are of other photographs.
"""

import time

import numpy as np
import paper
from data import photographs_of, whole_numbers
from sklearn.pipeline import Pipeline
from tables import save

from sk_hyperimage import architectures as arch
from sk_hyperimage.datasets import make_distortion_classification
from sk_hyperimage.distortions import FLICKR_KINDS
from sk_hyperimage.ensemble import HyperImageClassifier, PatchPoolingClassifier
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.model_selection import cross_validate_splits
from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.preprocessing import ColorConverter, LocalContrastNormalizer

KINDS = list(FLICKR_KINDS)
VALIDATED_SHARE = 10  # every tenth photograph


def competitors(options):
    """Classifiers of images, by name."""
    training = {
        "solver": "adam",
        "learning_rate": "cosine",
        "learning_rate_init": 1e-3,
        "max_epochs": options.epochs,
        "device": options.device,
        "random_state": 0,
    }
    return {
        "IQA-CNN+": of_patches(CNNClassifier(arch.KANG2014, **training)),
        "IQA-CNN++": of_patches(CNNClassifier(arch.IQA_CNN_PLUS_PLUS, **training)),
        "Hyper-image, the default": HyperImageClassifier(device=options.device, random_state=0),
    }


def of_patches(network):
    """Probabilities of 25 patches of an image, averaged."""
    return Pipeline(
        [
            ("gray", ColorConverter()),
            ("normalize", LocalContrastNormalizer()),
            ("patches", PatchExtractor(32, grid_shape=(5, 5))),
            ("classify", PatchPoolingClassifier(network)),
        ]
    )


def run(options):
    """Every network on the same images, once: the paper has one split as well."""
    train, test = (
        make_distortion_classification(paths, random_state=seed)
        for seed, paths in enumerate(photographs_of(options))
    )
    images = np.concatenate([whole_numbers(part.images) for part in (train, test)])
    kinds = np.concatenate([train.target, test.target])
    groups = np.concatenate([train.groups, train.groups.max() + 1 + test.groups])
    is_test = np.arange(len(kinds)) >= len(train.target)
    is_held_out = np.isin(groups, np.unique(train.groups)[::VALIDATED_SHARE])
    parts = (~is_test & ~is_held_out, is_held_out, is_test)
    split = tuple(map(np.flatnonzero, parts))
    print(" / ".join(str(len(part)) for part in split), "images to train, validate, test")
    rows, answers = [], {}
    for name, model in competitors(options).items():
        if options.methods and name not in options.methods:
            continue
        answers[name] = cross_validate_splits(
            model,
            images,
            kinds,
            groups=groups,
            cv=[split],
            scoring=answered,
            store=options.store and f"{options.store}/{name}",
            verbose=1,
        )
        rows.append(row(name, answers[name]))
    record = {
        "images to train, validate, test": [len(part) for part in split],
        "epochs of networks": options.epochs,
        "images a second": "of processor time, decoding left out; the paper's on a GPU",
        "taken for another kind most often": {name: confused(a) for name, a in answers.items()},
    }
    save("detection_table1", rows, record, options.output)


def answered(model, images, kinds):
    """Images of each kind that are taken for each kind, and how many are classified a second."""
    start = time.process_time()
    found = model.predict(images)
    seconds = time.process_time() - start
    scores = {
        f"{true} as {taken}": ((kinds == k) & (found == j)).sum()
        for k, true in enumerate(KINDS)
        for j, taken in enumerate(KINDS)
    }
    return scores | {"a second": len(images) / seconds}


def row(name, answers):
    right = [answers[f"test_{kind} as {kind}"][0] for kind in KINDS]
    every = [sum(answers[f"test_{kind} as {other}"][0] for other in KINDS) for kind in KINDS]
    cells = {
        "Network": name,
        "Accuracy, paper": paper.TABLE1.get(name, ""),
        "Accuracy": f"{sum(right) / sum(every):.3f}",
        "Images a second": f"{answers['test_a second'][0]:.0f}",
    }
    return cells | {k: f"{r / n:.2f}" for k, r, n in zip(KINDS, right, every, strict=True)}


def confused(answers, n_pairs=3):
    """Pairs of kinds that are mixed up most, by the number of images."""
    counts = {
        f"{true} as {taken}": int(answers[f"test_{true} as {taken}"][0])
        for true in KINDS
        for taken in KINDS
        if taken != true
    }
    return dict(sorted(counts.items(), key=lambda item: -item[1])[:n_pairs])
