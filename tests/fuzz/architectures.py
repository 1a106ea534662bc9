"""Layer strings: drawn from the notation's own pieces, or of architectures with mistakes."""

import numpy as np

from sk_hyperimage import architectures
from sk_hyperimage.neural_network import CNNClassifier, CNNRegressor

PIECES = [
    *(
        "C(",
        "CC(",
        "MP(",
        "MinMaxPool(",
        "LRN",
        "BN",
        "BN(",
        "FC(",
        "Drop(",
        "Input(",
        "Twins",
        "Fuse(",
    ),
    *(")", ")", ")", "(", ",", ",", " "),
    *("2x", "3x(", "0x", "999x", "x", "*", "×", "-", "–", "linear", "relu", "tanh", "valid"),
    *("same", "1", "2", "3", "4", "16", "0", "-1", "1e9", "999999999", "9" * 30, "0.5", "1.0"),
    *(".5", "nan", "C", "c(3)", "FC", "'", '"', "\n", "\t", "\0", "é", "٣", "²", "𝟙", "#"),
]
WHOLE = ["C(4)", "C(4,3,1,linear,valid)", "C(2,5,2,tanh)", "MP(2)", "MinMaxPool(2)", "FC(3)"]
WHOLE += ["Drop(0.5)", "2xC(3)", "2x(C(2) MP(2))", "FC(1,linear)", "FC(2,sigmoid)", "MP(9)"]
WHOLE += ["CC(2,3)", "LRN", "BN(tanh)", "MP(3,2)", "AP(3,2,valid)"]
WHOLE += ["Twins", "Fuse", "Fuse(difference)"]
# Without the largest, which would take most of the time.
PAPERS = [
    text
    for text in vars(architectures).values()
    if isinstance(text, str) and "FC(" in text and "FC(4096)" not in text
]


def layer_string(rng):
    kind = rng.integers(4)
    if kind == 0:
        return "".join(rng.choice(PIECES, size=rng.integers(0, 14)))
    if kind == 1:
        return " ".join(rng.choice(WHOLE, size=rng.integers(1, 7)))
    if kind == 2:
        return " ".join([*rng.choice(WHOLE, size=rng.integers(0, 5)), "FC(1,linear)"])
    text = list(PAPERS[rng.integers(len(PAPERS))] if rng.random() < 0.3 else " ".join(WHOLE[:6]))
    for _ in range(rng.integers(1, 4)):
        place = rng.integers(len(text))
        text[place : place + rng.integers(0, 3)] = rng.choice(PIECES)
    return "".join(text)


def case(rng, folder):
    """Train a network of an odd architecture for an epoch."""
    layers = layer_string(rng)
    shape = (6, *rng.integers(1, 17, size=2), rng.integers(1, 4))
    X, y = rng.random(shape, dtype=np.float32), np.arange(6) % 2
    model = (CNNRegressor, CNNClassifier)[rng.integers(2)](layers, max_epochs=1, random_state=0)
    return (
        lambda: model.fit(X, y).predict(X),
        f"{type(model).__name__}({layers!r}) on {shape}",
        None,
    )
