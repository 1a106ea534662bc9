"""The models of Table II, and those between its SVM and its network, one part freed at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import paper
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_hyperimage.architectures import BAYAR2016
from sk_hyperimage.ensemble import ResidualCNNClassifier
from sk_hyperimage.feature_extraction import ResidualCooccurrences, ResidualWords
from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.preprocessing import ColorConverter, JPEGReencoder


@dataclass(frozen=True)
class Model:
    """Name in tables; steps, of (epochs, device); whose of the paper's epochs they take."""

    name: str
    steps: Callable
    trained_as: str | None = None


def svm(epochs, device, features=None):
    """System 1: the descriptor and a linear SVM, its C chosen inside the training part."""
    search = GridSearchCV(
        LinearSVC(max_iter=20_000), {"C": [0.001, 0.01, 0.1, 1]}, cv=GroupKFold(3)
    )
    return [
        ("describe", features or ResidualCooccurrences()),
        ("scale", StandardScaler()),
        ("classify", search),
    ]


def bayar(epochs, device):
    """The competitor, trained as in a public reimplementation; the paper gives the epochs only."""
    network = CNNClassifier(
        BAYAR2016,
        solver="adam",
        learning_rate="constant",
        learning_rate_init=1e-4,
        decay=0.0,
        batch_size=64,
        max_epochs=epochs,
        n_iter_no_change=max(1, epochs // 4),
        device=device,
        random_state=0,
    )
    return [("green", ColorConverter("green")), ("classify", network)]


def cnn(epochs, device, **parameters):
    """Systems 2 and 3: the SVM recast as a network, and fine-tuned."""
    network = ResidualCNNClassifier(max_epochs=epochs, device=device, random_state=0, **parameters)
    return [("classify", network)]


def freed(filters, codebook, readout):
    """The network with its rates of learning at some layers, and 0 at the others."""
    rates = ResidualCNNClassifier().rate_factors
    are_free = (filters, codebook, codebook, readout)  # words and offsets are the codebook
    factors = tuple(rate * free for rate, free in zip(rates, are_free, strict=True))
    return partial(cnn, rate_factors=factors)


WORDS = ResidualWords(random_state=0)
MODELS = {
    "bayar": Model(paper.BAYAR, bayar, "bayar"),
    "svm": Model(paper.SVM, svm),
    "cnn": Model(paper.CNN, cnn, "cnn"),
    "words": Model("Learned codebook + SVM", partial(svm, features=WORDS)),
    "readout": Model("CNN, readout freed", freed(False, False, True), "cnn"),
    "codebook": Model("CNN, codebook freed", freed(False, True, False), "cnn"),
    "filters": Model("CNN, filters freed", freed(True, False, False), "cnn"),
    "words-cnn": Model("CNN from learned codebook", partial(cnn, features=WORDS), "cnn"),
}
# Those of Table II, and the epochs there.
TABLE2 = ("bayar", "svm", "cnn")
EPOCHS = {"bayar": 60, "cnn": 15}


def model(name, epochs, device, reencode=None):
    """A pipeline over patches; `reencode` is the JPEG quality at which all are saved first."""
    alike = [] if reencode is None else [("reencode", JPEGReencoder(quality=reencode))]
    return Pipeline([*alike, *MODELS[name].steps(epochs, device)])
