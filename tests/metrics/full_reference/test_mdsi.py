import numpy as np
import pytest
from skimage.data import astronaut

from sk_hyperimage.metrics import mdsi

# Of piq 0.8.0: piq.mdsi(image, reference, reduction="none") on float64 tensors in [0, 1].
MDSI_OF_PIQ = {
    160: (0.3940931226660663, 0.34099057690569895),
    512: (0.383532003199866, 0.36517836789474367),
}


def pristine_and_damaged(side):
    """A photograph, the same with stripes of color, and the same with less contrast."""
    pristine = astronaut()[:side, :side]
    waves = 30 * np.sin(np.arange(side) / 3)[:, None, None] * np.array([1, -1, 0.5])
    striped = np.clip(np.rint(pristine + waves), 0, 255).astype(np.uint8)
    faded = np.rint(0.5 * pristine + 60).astype(np.uint8)
    return pristine, striped, faded


@pytest.mark.parametrize("side", MDSI_OF_PIQ)
def test_mdsi_is_that_of_piq(side):
    pristine, striped, faded = pristine_and_damaged(side)
    ours = mdsi(pristine, striped), mdsi(pristine, faded)
    np.testing.assert_allclose(ours, MDSI_OF_PIQ[side], rtol=1e-12)


@pytest.mark.parametrize(("side", "mapped"), [(160, 160), (511, 256)])
def test_the_score_is_the_deviation_of_the_map(side, mapped):
    pristine, striped, _ = pristine_and_damaged(side)
    score, similarity = mdsi(pristine, striped, full=True)
    assert score == mdsi(pristine, striped)
    assert similarity.shape == (mapped, mapped) and similarity.mean() < 0.95
    root = similarity.astype(complex) ** 0.25
    assert score == pytest.approx(np.abs(root - root.mean()).mean() ** 0.25)
