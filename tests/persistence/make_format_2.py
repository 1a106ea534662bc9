"""Write format_2.model, and its predictions; once released, not to be run again."""

import json
from pathlib import Path

import numpy as np
from sklearn.pipeline import make_pipeline

from sk_hyperimage.feature_extraction import HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import save_model
from sk_hyperimage.preprocessing import LocalContrastNormalizer

HERE = Path(__file__).parent


def waves(frequencies):
    """Images of 12 x 12 pixels, (n_frequencies, 12, 12), of plane waves."""
    rows, cols = np.mgrid[:12, :12]
    return np.stack([np.sin(f * rows + 2 * f * cols) for f in frequencies]).astype(np.float32)


if __name__ == "__main__":
    images, frequencies = waves(np.linspace(0.1, 1, 24)), np.linspace(0.1, 1, 24)
    first, second = "C(3,3,1,tanh) MP(2) FC(4,tanh) FC(1,linear)", "FC(4,tanh) FC(1,linear)"
    fast = {
        "random_state": 0,
        "max_epochs": 8,
        "learning_rate_init": 0.05,
        "batch_size": 8,
        "early_stopping": False,
    }
    model = make_pipeline(
        LocalContrastNormalizer(),
        PatchExtractor(6),
        HyperImageEncoder(CNNRegressor(first, **fast)),
        CNNRegressor(second, **fast),
    ).fit(images, frequencies)
    save_model(model, HERE / "format_2.model")
    predictions = model.predict(waves([0.2, 0.5, 0.8]))
    (HERE / "format_2.json").write_text(json.dumps(predictions.tolist()) + "\n")
