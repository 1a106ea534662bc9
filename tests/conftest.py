"""Settings shared by all tests, and small fitted models that many of them look at."""

import numpy as np
import pytest
from hypothesis import settings

# Machines differ in speed, and no test here is about time.
settings.register_profile("tests", deadline=None, max_examples=50)
settings.load_profile("tests")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def photo_files(tmp_path, rng):
    """Six colour images of different sizes in PNG files."""
    from skimage.io import imsave

    paths = []
    for index in range(6):
        image = rng.integers(0, 256, size=(20 + index, 30 - index, 3), dtype=np.uint8)
        paths.append(tmp_path / f"image{index}.png")
        imsave(paths[-1], image, check_contrast=False)
    return paths
