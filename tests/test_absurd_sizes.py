"""What would need absurd memory is refused before any is spent."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from sk_hyperimage.feature_extraction import CorniaFeatures, MarkovDCTFeatures, PatchExtractor
from sk_hyperimage.images import read_image
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.preprocessing import ImageResizer, LocalContrastNormalizer


def png(rows, cols):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", cols, rows, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(10_000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def bmp(rows, cols):
    header = struct.pack("<IiiHHIIiiII", 40, cols, rows, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 154, 0, 0, 54) + header + bytes(100)


def jpeg(rows, cols):
    from io import BytesIO

    buffer = BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    start_of_frame = data.index(b"\xff\xc0")
    data[start_of_frame + 5 : start_of_frame + 9] = struct.pack(">HH", rows, cols)
    return bytes(data)


def tiff(rows, cols):
    pixels = zlib.compress(bytes(10_000))
    tags = {256: cols, 257: rows, 258: 8, 259: 8, 262: 1, 273: 8, 277: 1, 278: rows}
    tags |= {279: len(pixels)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    offset = struct.pack("<I", 8 + len(pixels))
    return b"II*\0" + offset + pixels + struct.pack("<H", len(tags)) + entries + bytes(4)


FORMATS = {"png": png, "bmp": bmp, "jpg": jpeg, "tif": tiff}


@pytest.fixture
def little_memory():
    """Fail a test that has allocated more than 50 MB at a time."""
    tracemalloc.start()
    yield
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6


@pytest.mark.parametrize("suffix", FORMATS)
def test_bombs_are_refused_by_name_before_they_are_decoded(suffix, tmp_path, little_memory):
    path = tmp_path / f"bomb.{suffix}"
    path.write_bytes(FORMATS[suffix](60_000, 60_000))
    for use in (read_image, lambda path: PatchExtractor().fit([path])):
        with pytest.raises(ValueError, match=rf"bomb\.{suffix}.* pixels"):
            use(path)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_the_limit_is_that_of_pillow(suffix, tmp_path, monkeypatch, rng):
    from skimage.io import imsave

    path = tmp_path / f"image.{suffix}"
    image = rng.integers(0, 256, (30, 40, 3), dtype=np.uint8)
    imsave(path, image, check_contrast=False)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 300)
    with pytest.raises(ValueError, match=f"image.{suffix}"):
        read_image(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    np.testing.assert_array_equal(read_image(path), image)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({"patch_size": 1, "overlap": 0.999}, (400, 400)),
        ({"patch_size": 1, "overlap": 1 - 2**-53}, (4, 4)),
        ({"patch_size": 8, "grid_shape": (10**9, 10**9)}, (8, 8)),
    ],
)
def test_grids_of_absurdly_many_patches_are_refused(options, shape, little_memory):
    with pytest.raises(ValueError, match="patches, as .* is larger than .*MAX_PATCHES"):
        PatchExtractor(**options).fit(np.zeros((1, *shape), dtype=np.uint8))


def test_a_patch_at_every_pixel_of_a_large_photograph_is_allowed():
    image = np.zeros((1, 2000, 3000), dtype=np.uint8)
    shape = PatchExtractor(32, overlap=31 / 32).fit_transform(image).shape
    assert shape == (1, 1969, 2969, 32, 32, 1)


@pytest.mark.parametrize(
    ("layers", "name"),
    [
        ("FC(999999999) FC(1)", "FC(999999999,relu) at position 0"),
        ("C(8) FC(999999999) FC(1)", "FC(999999999,relu) at position 5"),
        ("C(1,99999) FC(1)", "C(1,99999,1,relu,same) at position 0"),
        ("FC(40000) 9xFC(40000) FC(1)", "FC(40000,relu)"),
        ("C(99999999) FC(1)", "C(99999999,3,1,relu,same)"),
    ],
)
def test_networks_beyond_memory_are_refused_by_layer(layers, name, little_memory):
    with pytest.raises(ValueError, match="too large") as error:
        CNNRegressor(layers).fit(np.zeros((4, 8, 8)), np.arange(4.0))
    assert name in str(error.value)


@pytest.mark.parametrize(
    "estimator",
    [
        ImageResizer((10**6, 10**6)),
        LocalContrastNormalizer(size=10**9 + 1),
        CorniaFeatures(patch_size=10**5),
        MarkovDCTFeatures(threshold=10**6),
        MarkovDCTFeatures(block_sizes=(4, 10**6)),
    ],
)
def test_absurd_parameters_are_refused(estimator, little_memory):
    with pytest.raises(ValueError, match="shape|size|threshold"):
        estimator.fit(np.zeros((2, 8, 8)))
