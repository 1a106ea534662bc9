"""The models of Table II."""

import paper
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sk_hyperimage.architectures import BAYAR2016
from sk_hyperimage.ensemble import ResidualCNNClassifier
from sk_hyperimage.feature_extraction import ResidualCooccurrences
from sk_hyperimage.neural_network import CNNClassifier
from sk_hyperimage.preprocessing import ColorConverter, JPEGReencoder


def svm(epochs, device):
    """System 1: the descriptor and a linear SVM, its C chosen inside the training part."""
    search = GridSearchCV(
        LinearSVC(max_iter=20_000), {"C": [0.001, 0.01, 0.1, 1]}, cv=GroupKFold(3)
    )
    return [
        ("describe", ResidualCooccurrences()),
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


def cnn(epochs, device):
    """Systems 2 and 3: the SVM recast as a network, and fine-tuned."""
    return [("classify", ResidualCNNClassifier(max_epochs=epochs, device=device, random_state=0))]


MODELS = {"bayar": (paper.BAYAR, bayar), "svm": (paper.SVM, svm), "cnn": (paper.CNN, cnn)}
# Of the paper, for bayar and cnn.
EPOCHS = {"bayar": 60, "svm": 0, "cnn": 15}


def model(name, epochs, device, reencode=None):
    """A pipeline over patches; `reencode` is the JPEG quality at which all are saved first."""
    alike = [] if reencode is None else [("reencode", JPEGReencoder(quality=reencode))]
    _, steps = MODELS[name]
    return Pipeline([*alike, *steps(epochs, device)])
