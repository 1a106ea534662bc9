"""The models of Table II, and those between its SVM and its network, one part freed at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import paper
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
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


def searched_svm():
    """A linear SVM, its C chosen inside the training part."""
    svm = make_pipeline(StandardScaler(), LinearSVC(max_iter=20_000, random_state=0))
    return GridSearchCV(svm, {"linearsvc__C": [0.001, 0.01, 0.1, 1]}, cv=GroupKFold(3))


def svm(epochs, device, features=None):
    """System 1: the descriptor and a linear SVM."""
    return [("describe", features or ResidualCooccurrences()), ("classify", searched_svm())]


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
        n_iter_no_change=max(1, epochs),  # all of them; the best weights on validation are kept
        device=device,
        random_state=0,
    )
    return [("green", ColorConverter("green")), ("classify", network)]


def cnn(epochs, device, **parameters):
    """Systems 2 and 3: the very SVM of `svm` recast as a network, and fine-tuned."""
    network = ResidualCNNClassifier(
        classifier=searched_svm(),
        max_epochs=epochs,
        device=device,
        random_state=0,
        **parameters,
    )
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
# Not from the paper, for the record of a table.
RECIPE = (
    "rates by layer and cosine decay, the defaults of ResidualCNNClassifier (rate_factors="
    "(10, 100, 1, 10000), base rate 1e-6, batches of 18); chosen on patches of blur-0.5 and "
    "noise-0.25 of BSDS300 photographs, so there these two rows are not independent of the choice"
)
# Those of Table II, and the epochs there.
TABLE2 = ("bayar", "svm", "cnn")
EPOCHS = {"bayar": 60, "cnn": 15}


def model(name, epochs, device, reencode=None):
    """A pipeline over patches; `reencode` is the JPEG quality at which all are saved first."""
    alike = [] if reencode is None else [("reencode", JPEGReencoder(quality=reencode))]
    return Pipeline([*alike, *MODELS[name].steps(epochs, device)])
