import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sk_hyperimage.images import Windows

LATTICE = Windows.lattice([0, 3, 4], [1, 1, 6, 0], (4, 5))
LISTED = Windows(np.array([0, 4, 2, 2]), np.array([6, 0, 3, 3]), (4, 5))


def corners(windows):
    rows, cols = np.broadcast_arrays(windows.rows, windows.cols)
    return list(zip(rows.ravel(), cols.ravel(), strict=True))


def painted_by_loops(windows, values, image_shape):
    """The mean over the windows of every pixel, or the value of a nearest pixel that has one."""
    (height, width), held = windows.shape, {}
    for pixel in np.ndindex(image_shape):
        over = [
            value
            for (row, col), value in zip(corners(windows), np.ravel(values), strict=True)
            if 0 <= pixel[0] - row < height and 0 <= pixel[1] - col < width
        ]
        if over:
            held[pixel] = np.mean(over)
    allowed = np.empty(image_shape, dtype=object)
    for pixel in np.ndindex(image_shape):
        distances = {at: np.hypot(*np.subtract(at, pixel)) for at in held}
        nearest = min(distances.values())
        allowed[pixel] = [held[at] for at, distance in distances.items() if distance == nearest]
    return allowed


@pytest.mark.parametrize("windows", [LATTICE, LISTED], ids=["lattice", "list"])
@pytest.mark.parametrize("shape", [(8, 11), (8, 11, 3)])
def test_patches_are_those_that_loops_cut(windows, shape, rng):
    image = rng.random(shape)
    expected = [image[row : row + 4, col : col + 5] for row, col in corners(windows)]
    cut = windows.cut(image)
    assert cut.shape == (
        *np.broadcast_shapes(windows.rows.shape, windows.cols.shape),
        *expected[0].shape,
    )
    np.testing.assert_array_equal(cut.reshape(-1, *expected[0].shape), expected)


def test_some_windows_are_chosen_by_their_places(rng):
    image, down, right = rng.random((8, 11, 2)), np.array([2, 0]), np.array([3, 2])
    np.testing.assert_array_equal(
        LATTICE.at(down, right).cut(image), LATTICE.cut(image)[down, right]
    )
    np.testing.assert_array_equal(LISTED.at(down).cut(image), LISTED.cut(image)[down])


@given(
    rows=st.lists(st.integers(0, 5), min_size=1, max_size=3),
    cols=st.lists(st.integers(0, 7), min_size=1, max_size=3),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    seed=st.integers(0, 9),
)
def test_painting_averages_windows_and_fills_the_rest_with_the_nearest(rows, cols, shape, seed):
    windows = Windows.lattice(rows, cols, shape)
    values = np.random.default_rng(seed).random((len(rows), len(cols)))
    painted = windows.paint(values, (9, 11))
    for pixel, allowed in np.ndenumerate(painted_by_loops(windows, values, (9, 11))):
        assert np.isclose(painted[pixel], allowed).any()


def test_a_list_of_windows_is_painted_as_a_lattice_is(rng):
    values = rng.random((3, 4))
    rows, cols = np.array(corners(LATTICE)).T
    np.testing.assert_allclose(
        Windows(rows, cols, (4, 5)).paint(values.ravel(), (8, 11)), LATTICE.paint(values, (8, 11))
    )


sides = st.tuples(st.integers(1, 6), st.integers(1, 9))


@given(shape=sides, more=sides, stride=st.integers(1, 7))
def test_windows_at_a_stride_begin_with_the_image_and_touch_its_end(shape, more, stride):
    image_shape = tuple(np.add(shape, more) - 1)
    windows = Windows.every(stride, image_shape, shape)
    for starts, n, side in zip((windows.rows, windows.cols), image_shape, shape, strict=True):
        expected = sorted({*range(0, n - side + 1, stride), n - side})
        assert starts.ravel().tolist() == expected


@given(shape=sides, more=sides, stride=st.integers(1, 7), n_windows=st.integers(1, 30))
def test_windows_at_a_stride_fall_into_small_parts_that_are_even(shape, more, stride, n_windows):
    windows = Windows.every(stride, tuple(np.add(shape, more) - 1), shape)
    times = np.zeros((windows.rows.size, windows.cols.size))
    for rows, cols in windows.even_parts(n_windows):
        times[rows, cols] += 1
        down, right = windows.rows[rows].ravel(), windows.cols[:, cols].ravel()
        assert len(set(np.diff(down))) <= 1
        assert len(set(np.diff(right))) <= 1
        assert len(down) == 1 or len(down) * len(right) <= n_windows
    assert (times == 1).all()


@settings(max_examples=30)
@given(
    arrays(
        np.uint8, st.tuples(st.integers(5, 14), st.integers(5, 14)), elements=st.integers(0, 3)
    ),
    st.lists(st.integers(0, 14), min_size=1, max_size=5),
    st.lists(st.integers(0, 14), min_size=1, max_size=5),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
)
def test_histograms_count_what_every_window_holds(values, rows, cols, shape):
    rows, cols = (
        [min(n, length - side) for n in starts]
        for starts, length, side in zip((rows, cols), values.shape, shape, strict=True)
    )
    windows = Windows.lattice(rows, cols, shape)
    counts = windows.histograms(values, 4)
    patches = windows.cut(values)
    assert counts.shape == (len(rows), len(cols), 4)
    for value in range(4):
        np.testing.assert_array_equal(counts[..., value], (patches == value).sum(axis=(2, 3)))


def test_transposed_windows_cut_transposed_patches():
    image = np.arange(60).reshape(6, 10)
    windows = Windows.lattice([0, 2, 3], [1, 6], (3, 2))
    cut = windows.transposed().cut(image.T)
    np.testing.assert_array_equal(cut, windows.cut(image).transpose(1, 0, 3, 2))
