import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sk_hyperimage.images import Grid
from sk_hyperimage.images._grid import n_patches_along, patch_starts


@pytest.mark.parametrize(
    ("length", "overlap", "expected"),
    [(768, 0, 24), (720, 0, 23), (384, 0.5, 23), (512, 0.5, 31), (128, 2 / 3, 10), (32, 0.5, 1)],
)
def test_grids_of_the_paper(length, overlap, expected):
    assert n_patches_along(length, 32, overlap) == expected


@given(
    length=st.integers(1, 400),
    patch=st.integers(1, 64),
    n_patches=st.integers(1, 60),
)
def test_patches_stay_inside_in_order_and_touch_both_ends(length, patch, n_patches):
    patch = min(length, patch)
    starts = patch_starts(length, patch, n_patches)
    assert len(starts) == n_patches
    assert starts.min() >= 0
    assert starts.max() + patch <= length
    assert (np.diff(starts) >= 0).all()
    if n_patches > 1:
        assert starts[0] == 0
        assert starts[-1] == length - patch


@given(length=st.integers(32, 400), overlap=st.floats(0, 0.9))
def test_no_pixel_lies_between_patches_of_the_largest_image(length, overlap):
    starts = patch_starts(length, 32, n_patches_along(length, 32, overlap))
    assert (np.diff(starts) <= 32).all()


@given(stride=st.integers(1, 40), n_patches=st.integers(2, 20))
def test_positions_are_those_of_eq2_where_its_stride_is_whole(stride, n_patches):
    length = 32 + stride * (n_patches - 1)
    assert (patch_starts(length, 32, n_patches) == stride * np.arange(n_patches)).all()


def test_the_case_in_which_eq2_leaves_the_image():
    assert 9 * round((128 - 32) / 9) + 32 > 128
    assert patch_starts(128, 32, 10)[-1] + 32 == 128


GRID = Grid((8, 8), (3, 4), (20, 30))


@pytest.mark.parametrize(
    ("shape", "scaled"),
    [((20, 30), (20, 30)), ((10, 9), (10, 9)), ((40, 30), (20, 15)), ((40, 90), (13, 30))],
)
def test_larger_images_are_scaled_down_isotropically_and_smaller_ones_left(shape, scaled):
    assert GRID.scaled_shape(shape) == scaled


@pytest.mark.parametrize("shape", [(7, 20), (20, 7), (20, 300)])
def test_images_smaller_than_a_patch_are_refused_by_name(shape):
    with pytest.raises(ValueError, match=r"X\[3\].*smaller than a patch \(patch_size=8 x 8\)"):
        GRID.scaled_shape(shape, "X[3]")


@pytest.mark.parametrize("image_shape", [(20, 30), (11, 9), (8, 8)])
def test_windows_are_the_crossings_of_the_positions_along_both_axes(image_shape):
    windows = GRID.windows(image_shape)
    rows, cols = patch_starts(image_shape[0], 8, 3), patch_starts(image_shape[1], 8, 4)
    corners = np.broadcast_arrays(windows.rows, windows.cols)
    np.testing.assert_array_equal(
        np.transpose(corners, (1, 2, 0)), [[(r, c) for c in cols] for r in rows]
    )


@pytest.mark.parametrize(
    ("grid", "overlaps"),
    [(Grid((8, 8), (2, 2), (16, 16)), False), (Grid((8, 8), (2, 3), (16, 16)), True)],
)
def test_patches_overlap_when_they_hold_more_pixels_than_the_image(grid, overlaps):
    assert grid.overlaps is overlaps


def test_painting_averages_overlapping_patches():
    painted = Grid((2, 2), (1, 2), (2, 3)).paint(np.array([[1.0, 3.0]]), (2, 3))
    np.testing.assert_array_equal(painted, [[1, 2, 3], [1, 2, 3]])


def test_pixels_between_the_patches_of_a_wide_grid_take_the_nearest_value():
    painted = Grid((2, 2), (1, 1), (4, 4)).paint(np.array([[5.0]]), (4, 4))
    np.testing.assert_array_equal(painted, np.full((4, 4), 5.0))
    painted = Grid((1, 1), (1, 2), (1, 6)).paint(np.array([[1.0, 2.0]]), (1, 6))
    np.testing.assert_array_equal(painted, [[1, 1, 1, 2, 2, 2]])


@given(rows=st.integers(4, 60), cols=st.integers(4, 60), n=st.integers(1, 5))
def test_images_that_the_grid_scales_down_are_painted_without_new_values(rows, cols, n):
    grid = Grid((2, 2), (n, n), (8, 8))
    try:
        scaled = grid.scaled_shape((rows, cols))
    except ValueError:  # narrow images, of which less than a patch is left
        return
    values = np.random.default_rng(0).random((n, n))
    painted, small = grid.paint(values, (rows, cols)), grid.paint(values, scaled)
    assert painted.shape == (rows, cols)
    for row in range(rows):
        for col in range(cols):
            # The pixel of the scaled image in which the center of this one lies.
            at = int((row + 0.5) * scaled[0] / rows), int((col + 0.5) * scaled[1] / cols)
            assert painted[row, col] == small[at]
