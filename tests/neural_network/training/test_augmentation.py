"""Random symmetries of samples."""

import numpy as np
import pytest
import torch

from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.neural_network.training._augmentation import (
    check_augmentation,
    drawn_symmetries,
    moved,
)


@pytest.mark.parametrize("shape", [(200, 3, 3, 2), (200, 2, 2, 3, 3, 1)])
@pytest.mark.parametrize(
    ("augmentation", "n"), [("horizontal", 2), ("flips", 4), ("symmetries", 8)]
)
def test_augmentation_draws_exactly_its_symmetries(shape, augmentation, n, rng):
    image = rng.random(shape[1:])
    codes = drawn_symmetries(shape[0], augmentation, rng)
    batch = moved(torch.from_numpy(image).expand(shape), codes).numpy()
    distinct = {sample.tobytes() for sample in batch}
    assert len(distinct) == n
    assert image.tobytes() in distinct
    assert {tuple(np.sort(sample, axis=None)) for sample in batch} == {
        tuple(np.sort(image, axis=None))
    }


def test_a_flipped_grid_is_the_grid_of_the_flipped_image(rng):
    image = rng.random((1, 16, 16, 1))
    extractor = PatchExtractor(patch_size=8, overlap=0.5).fit(image)
    variants = {
        np.asarray(extractor.transform(np.ascontiguousarray(turned))).tobytes()
        for flip in (image, image[:, ::-1], image[:, :, ::-1], image[:, ::-1, ::-1])
        for turned in (flip, flip.swapaxes(1, 2))
    }
    grid = np.asarray(extractor.transform(image))
    repeated = torch.from_numpy(grid).repeat_interleave(100, dim=0)
    batch = moved(repeated, drawn_symmetries(len(repeated), "symmetries", rng)).numpy()
    assert {sample[np.newaxis].tobytes() for sample in batch} == variants


def test_transposing_needs_square_samples():
    check_augmentation("flips", (3, 4, 1))
    check_augmentation("symmetries", (2, 2, 3, 3, 1))
    with pytest.raises(ValueError, match="needs square ones"):
        check_augmentation("symmetries", (3, 4, 1))
