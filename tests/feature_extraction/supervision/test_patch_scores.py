import numpy as np
import pytest

from sk_hyperimage.feature_extraction import PatchExtractor, patch_scores
from sk_hyperimage.metrics import FULL_REFERENCE, FullReference

GRID = PatchExtractor(16, overlap=0.5)


@pytest.fixture
def pairs(rng):
    """Damaged images of two sizes, with noise in a corner, and their pristine ones."""
    pristine = [rng.integers(0, 256, size=(size, 48, 3), dtype=np.uint8) for size in (32, 40)]
    damaged = [image.copy() for image in pristine]
    for image in damaged:
        image[20:, :24] = rng.integers(0, 256, size=image[20:, :24].shape)
    return damaged, pristine


@pytest.mark.parametrize("score", ["psnr", "ssim", "gmsd", "mdsi"])
def test_a_patch_has_the_mean_of_the_map_of_its_image(score, pairs):
    damaged, pristine = pairs
    scores = patch_scores(damaged, pristine, score=score, extractor=GRID)
    grids = GRID.fit(damaged).transform(damaged)
    assert scores.shape == grids.shape[:3]
    for index in range(2):
        map_ = FULL_REFERENCE[score].pixel_map(pristine[index], damaged[index])
        windows = grids.grid.windows(map_.shape)
        for u, row in enumerate(windows.rows.ravel()):
            for v, col in enumerate(windows.cols.ravel()):
                expected = map_[row : row + 16, col : col + 16].mean()
                assert scores[index, u, v] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_direction_is_that_of_the_map(pairs):
    for score in ("psnr", "ssim", "gmsd"):
        scores = patch_scores(*pairs, score=score, extractor=GRID)
        intact, damaged = scores[:, 0, -1], scores[:, -1, 0]
        assert ((intact > damaged) == FULL_REFERENCE[score].map_higher_is_better).all()


def test_a_score_of_ones_own_is_taken(pairs):
    def power(reference, image, *, data_range, full):  # DIQA's error
        errors = np.abs(np.subtract(reference, image)).mean(axis=2) ** 0.2
        return (errors.mean(), errors) if full else errors.mean()

    scores = patch_scores(*pairs, score=FullReference(power, False, 0.0), extractor=GRID)
    assert (scores[:, 0, -1] == 0).all()
    assert (scores[:, -1, 0] > 0.5).all()


def test_what_does_not_suit_is_refused_with_the_image(pairs):
    damaged, pristine = pairs
    with pytest.raises(ValueError, match=r"images\[1\] of shape"):
        patch_scores(damaged, [pristine[0], pristine[1][:, :44]], extractor=GRID)
    gray = [image[..., 0] for image in damaged]
    with pytest.raises(ValueError, match=r"images\[0\].*1 channels"):
        patch_scores(gray, gray, score="mdsi", extractor=GRID)
    with pytest.raises(ValueError, match="score"):
        patch_scores(damaged, pristine, score="niqe")


def test_cells_have_the_means_of_the_map_of_the_image(pairs):
    grid = PatchExtractor(18, overlap=0, grid_shape=(1, 2))
    cells = patch_scores(*pairs, score="psnr", extractor=grid, cell_size=4)
    assert cells.shape == (2, 1, 2, 5, 5)  # the last row and column of 2 pixels
    map_ = FULL_REFERENCE["psnr"].pixel_map(pairs[1][0], pairs[0][0])
    windows = grid.fit(pairs[0]).transform(pairs[0]).grid.windows(map_.shape)
    row, col = windows.rows.ravel()[0], windows.cols.ravel()[1]
    patch = map_[row : row + 18, col : col + 18]
    for u, v in ((0, 0), (2, 1), (4, 3), (4, 4)):
        expected = patch[4 * u : 4 * u + 4, 4 * v : 4 * v + 4].mean()
        assert cells[0, 0, 1, u, v] == pytest.approx(expected, rel=1e-4, abs=1e-7)
