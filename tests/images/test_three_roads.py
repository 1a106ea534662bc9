"""Every mode, photometric interpretation and dtype: by path, as array and as PIL image, alike."""

import io
import warnings

import numpy as np
import pytest
import tifffile
from PIL import Image

from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.images import ImageCollection, as_float_image, read_image

# Of floats every value is kept, those of mode F too, which reach 255.
pytestmark = pytest.mark.filterwarnings(r"ignore:X\[0\] holds floats up to:UserWarning")

RNG = np.random.default_rng(0)
LEVELS = RNG.integers(0, 256, (7, 9), dtype=np.uint8)
COLORS = RNG.integers(0, 256, (7, 9, 3), dtype=np.uint8)
ALPHA = RNG.integers(1, 256, (7, 9), dtype=np.uint8)
FULL = {"u1": 255, "u2": 65535, "?": 1, "f2": 1, "f4": 1, "f8": 1}  # others: 0 to 255
DTYPES = ["?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", ">u2", ">f4"]


def by_path(path):
    return ImageCollection([path])[0]


def by_picture(path):
    with Image.open(path) as picture:
        images = ImageCollection([picture])
        shape = images.image_shape(0)
        image = images[0]
    assert image.shape == shape
    return image


def by_array(pixels):
    """As one array of images; one in a list must be the same."""
    in_list = ImageCollection([pixels])[0]
    np.testing.assert_array_equal(as_float_image(pixels), in_list)
    whole = PatchExtractor(pixels.shape[:2], overlap=0).fit_transform(pixels[np.newaxis])
    np.testing.assert_array_equal(np.asarray(whole)[0, 0, 0], in_list)
    return in_list


# Pillow ------------------------------------------------------------------------------------------

BECOMES = {"P": "RGB", "PA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB", "RGBX": "RGB"}
BECOMES |= {"RGBa": "RGBA", "La": "LA"}


def pictures():
    """An image of every mode that Pillow makes."""
    color, gray = Image.fromarray(COLORS), Image.fromarray(LEVELS)
    color_alpha, gray_alpha = color.copy(), gray.copy()
    color_alpha.putalpha(Image.fromarray(ALPHA))
    gray_alpha.putalpha(Image.fromarray(ALPHA))
    made = {mode: color.convert(mode) for mode in ("RGB", "RGBX", "CMYK", "YCbCr", "HSV", "P")}
    made |= {"1": gray.convert("1"), "L": gray, "I": gray.convert("I"), "F": gray.convert("F")}
    made |= {"RGBA": color_alpha, "RGBa": color_alpha.convert("RGBa"), "LA": gray_alpha}
    made |= {"La": gray_alpha.convert("La"), "PA": made["P"].convert("PA")}
    made["I;16"] = Image.fromarray(LEVELS.astype(np.uint16) * 200)
    made["I;16B"] = made["I;16"].convert("I").convert("I;16B")
    return made


PICTURES = pictures()


def independent(picture):
    """What Pillow's own conversions give, as an array."""
    picture.load()
    mode = picture.mode
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of transparency in palettes
        pixels = np.asarray(picture.convert(BECOMES[mode]) if mode in BECOMES else picture)
    sixteen = mode == "I" and picture.format in ("PNG", "PPM", "ICNS")
    return pixels.astype(np.uint16) if sixteen else pixels


@pytest.mark.parametrize("mode", PICTURES)
def test_a_picture_in_a_list_is_what_its_pixels_mean(mode):
    picture = PICTURES[mode]
    before = picture.tobytes()
    images = ImageCollection([picture, picture])
    expected = by_array(independent(picture))
    assert images.sample_shape == expected.shape
    np.testing.assert_array_equal(np.asarray(images)[1], expected)
    np.testing.assert_array_equal(as_float_image(picture), expected)
    assert (picture.mode, picture.tobytes()) == (mode, before)


def test_modes_that_are_no_colors_are_refused_by_name():
    with pytest.raises(ValueError, match=r"X\[0\]: the PIL image .* mode is LAB; convert it"):
        ImageCollection([Image.new("LAB", (4, 3))])[0]


def written(mode, kind):
    """Bytes of a file, or None where Pillow does not write, or not read, this mode and format."""
    buffer = io.BytesIO()
    try:
        PICTURES[mode].save(buffer, kind)
        buffer.seek(0)
        with Image.open(buffer) as picture:
            picture.load()
    except Exception:  # as many as there are formats
        return None
    return buffer.getvalue()


Image.init()
FILES = {
    (mode, kind): data
    for mode in PICTURES
    for kind in sorted(set(Image.SAVE) & set(Image.OPEN) - {"EPS", "WMF", "SPIDER"})
    if (data := written(mode, kind)) is not None
}


def test_the_usual_formats_are_among_those_tried():
    kinds = {kind for _, kind in FILES}
    assert {"PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP", "PPM", "TGA"} <= kinds
    assert {mode for mode, _ in FILES} >= set(PICTURES) - {"HSV", "RGBa", "La"}


@pytest.mark.parametrize(("mode", "kind"), FILES)
def test_whatever_pillow_writes_is_read_alike_on_three_roads(mode, kind, tmp_path):
    path = tmp_path / "image"  # by content, and not by name
    path.write_bytes(FILES[mode, kind])
    with Image.open(path) as picture:
        pixels = independent(picture)
    expected = by_array(pixels)
    assert ImageCollection([path]).image_shape(0) == expected.shape
    np.testing.assert_array_equal(read_image(path), pixels)
    np.testing.assert_array_equal(by_path(path), expected)
    np.testing.assert_array_equal(by_picture(path), expected)


# TIFF --------------------------------------------------------------------------------------------

GRAYS = {"minisblack": lambda pixels: pixels, "miniswhite": lambda pixels: ~pixels}
LAYOUTS = {
    "contig": lambda pixels: (pixels, {"planarconfig": "contig"}),
    "separate": lambda pixels: (np.moveaxis(pixels, 2, 0), {"planarconfig": "separate"}),
}


def of_type(levels, dtype):
    if dtype == "i1":
        return (levels // 2).astype(dtype)
    return (levels > 127) if dtype == "?" else levels.astype(dtype) * (257 if "u2" in dtype else 1)


def check_roads(path, pixels):
    """Path and array give the same floats, and so does a PIL image unless it is refused."""
    expected = by_array(pixels)
    full = FULL.get(pixels.dtype.newbyteorder("=").str[1:], 255) if pixels.dtype != bool else 1
    scaled = pixels.astype(expected.dtype) / expected.dtype.type(full)
    np.testing.assert_array_equal(expected.reshape(pixels.shape), scaled)
    assert ImageCollection([path]).image_shape(0) == expected.shape
    np.testing.assert_array_equal(by_path(path), expected)
    try:
        with Image.open(path):
            pass
    except OSError:  # Pillow does not know this kind
        return False
    try:
        picture = by_picture(path)
    except ValueError as error:
        assert "give its path instead" in str(error)
        return False
    np.testing.assert_array_equal(picture, expected)
    return True


@pytest.mark.parametrize("photometric", GRAYS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_gray_tiffs(dtype, photometric, tmp_path):
    pixels, path = of_type(LEVELS, dtype), tmp_path / "image.tif"
    if photometric == "miniswhite" and pixels.dtype.newbyteorder("=").str[1:] not in (
        "b1",
        "u1",
        "u2",
    ):
        tifffile.imwrite(path, pixels, photometric=photometric)
        with pytest.raises(ValueError, match="image.tif.* are MINISWHITE of .*black as 0"):
            by_path(path)
        return
    # tifffile does not invert: what it is given is what it writes
    stored = GRAYS[photometric](pixels)
    tifffile.imwrite(path, stored, photometric=photometric, byteorder=">" if ">" in dtype else "<")
    same = check_roads(path, pixels)
    assert same or dtype not in ("?", "u1")


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize(
    ("photometric", "n_planes", "extra", "n_channels"),
    [("rgb", 4, (0,), 3), ("rgb", 4, (2,), 4), ("minisblack", 2, (2,), 2)]
    + [("minisblack", n, (0,) * (n - 1), n) for n in (2, 5)],
)
def test_planes_as_writers_of_geotiff_make_them(
    photometric, n_planes, extra, n_channels, dtype, tmp_path
):
    planes, path = np.stack([of_type(LEVELS + n, dtype) for n in range(n_planes)]), "image.tif"
    options = {"photometric": photometric, "planarconfig": "separate", "compression": "lzw"}
    tile = {"tile": (16, 16), "metadata": None, "extrasamples": extra}
    with tifffile.TiffWriter(tmp_path / path) as file:
        file.write(planes, **options, **tile)
        file.write(planes[:, ::2, ::2], subfiletype=1, **options, **tile)  # an overview
    expected = by_array(np.moveaxis(planes, 0, 2)[..., :n_channels])
    np.testing.assert_array_equal(by_path(tmp_path / path), expected)
    assert ImageCollection([tmp_path / path]).image_shape(0) == expected.shape


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "f4"])
def test_byte_orders_and_compression(dtype, byteorder, compression, tmp_path):
    pixels, path = of_type(LEVELS, dtype), tmp_path / "image.tif"
    options = {"byteorder": byteorder, "compression": compression}
    tifffile.imwrite(path, pixels, photometric="minisblack", **options)
    same = check_roads(path, pixels)
    assert same or (byteorder, compression) == (">", "zlib")


@pytest.mark.parametrize("n_channels", [3, 4])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES[1:])
def test_color_tiffs(dtype, layout, n_channels, tmp_path):
    pixels = of_type(np.dstack([COLORS, ALPHA])[..., :n_channels], dtype)
    stored, options = LAYOUTS[layout](pixels)
    path = tmp_path / "image.tif"
    tifffile.imwrite(path, stored, photometric="rgb", **options)
    same = check_roads(path, pixels)
    assert same == (dtype == "u1")


def palette_tiff(path):
    colors = RNG.integers(0, 256, (3, 256), dtype=np.uint16)
    tifffile.imwrite(path, LEVELS, photometric="palette", colormap=colors * 257)
    return colors.T[LEVELS].astype(np.uint8)


def cmyk_tiff(path):
    inks = np.dstack([COLORS, ALPHA])
    tifffile.imwrite(path, inks, photometric="separated", planarconfig="contig")
    return np.asarray(Image.fromarray(inks, "CMYK").convert("RGB"))


def ycbcr_tiff(path):
    Image.fromarray(COLORS).convert("YCbCr").save(path)
    try:
        with Image.open(path) as picture:
            picture.load()
    except OSError:
        pytest.skip("this version of Pillow does not read what it writes")
    return np.asarray(Image.fromarray(COLORS).convert("YCbCr").convert("RGB"))


def premultiplied_tiff(path):
    stored = np.dstack([(COLORS * (ALPHA[..., np.newaxis] / 255)).astype(np.uint8), ALPHA])
    tifffile.imwrite(path, stored, photometric="rgb", extrasamples=["assocalpha"])
    return np.asarray(Image.frombytes("RGBa", (9, 7), stored.tobytes()).convert("RGBA"))


def gray_alpha_tiff(path):
    pixels = np.dstack([LEVELS, ALPHA])
    options = {"planarconfig": "contig", "extrasamples": ["unassalpha"]}
    tifffile.imwrite(path, pixels, photometric="minisblack", **options)
    return pixels


def unused_sample_tiff(path):
    pixels = np.dstack([COLORS, ALPHA])
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["unspecified"])
    return COLORS


def multispectral_tiff(path):
    pixels = np.dstack([COLORS, COLORS[..., :2]])
    tifffile.imwrite(path, pixels, photometric="minisblack", planarconfig="contig")
    return pixels


def tiled_tiff(path):
    tifffile.imwrite(path, COLORS, photometric="rgb", tile=(16, 16))
    return COLORS


def big_tiff(path):
    tifffile.imwrite(path, COLORS, photometric="rgb", bigtiff=True)
    return COLORS


def deflated_tiff(path):
    tifffile.imwrite(path, COLORS, photometric="rgb", compression="zlib", predictor=False)
    return COLORS


def with_thumbnail_tiff(path):
    with tifffile.TiffWriter(path) as tiff:
        tiff.write(COLORS, photometric="rgb")
        tiff.write(COLORS[::2, ::2], photometric="rgb", subfiletype=1)
    return COLORS


def lzw_tiff(path):
    Image.fromarray(COLORS).save(path, compression="tiff_lzw")
    return COLORS


def jpeg_tiff(path):
    Image.fromarray(COLORS).save(path, compression="jpeg")
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def named_otherwise(path):
    Image.fromarray(COLORS).save(path, "PNG")
    return COLORS


KINDS = [palette_tiff, cmyk_tiff, ycbcr_tiff, premultiplied_tiff, gray_alpha_tiff, tiled_tiff]
KINDS += [unused_sample_tiff, multispectral_tiff, big_tiff, deflated_tiff, lzw_tiff, jpeg_tiff]
KINDS += [named_otherwise]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_kinds_of_tiff(kind, tmp_path):
    path = tmp_path / "image.tif"
    same = check_roads(path, kind(path))
    assert same == (kind is not multispectral_tiff)


def test_a_thumbnail_in_a_tiff_is_no_other_image(tmp_path):
    path = tmp_path / "image.tif"
    with_thumbnail_tiff(path)
    np.testing.assert_array_equal(read_image(path), COLORS)


@pytest.mark.parametrize("bits", [2, 4, 10, 12])
def test_few_bits_are_stretched_to_black_and_white(bits, tmp_path):
    pytest.importorskip("imagecodecs")  # tifffile packs bits with it
    path = tmp_path / "image.tif"
    dtype = np.uint8 if bits < 8 else np.uint16
    levels = RNG.integers(0, 2**bits, (7, 9)).astype(dtype)
    try:
        tifffile.imwrite(path, levels, photometric="minisblack", bitspersample=bits)
    except NotImplementedError:
        pytest.skip("this version of imagecodecs packs no bits")
    image = by_path(path)[..., 0]
    np.testing.assert_allclose(image, levels / (2**bits - 1), atol=1 / np.iinfo(dtype).max)


@pytest.mark.parametrize("compression", ["lzw", "zstd", "jpegxl", "webp"])
def test_compressions_of_sixteen_bits_and_rare_ones_need_imagecodecs(compression, tmp_path):
    pytest.importorskip("imagecodecs")
    path = tmp_path / "image.tif"
    pixels = np.tile(COLORS.astype(np.uint16) * 257, (4, 4, 1))
    pixels = (pixels >> 8).astype(np.uint8) if compression == "webp" else pixels
    args = {"lossless": True} if compression == "webp" else {}
    args |= {"level": 0, "lossless": True} if compression == "jpegxl" else {}
    tifffile.imwrite(
        path, pixels, photometric="rgb", compression=compression, compressionargs=args
    )
    np.testing.assert_array_equal(read_image(path), pixels)


REFUSED = {
    "cielab": (COLORS, {"planarconfig": "contig"}, "pixels are CIELAB"),
    "icclab": (COLORS, {"planarconfig": "contig"}, "pixels are ICCLAB"),
    "cfa": (LEVELS, {}, "pixels are CFA of 8-bit uint8; convert it to RGB or gray"),
    "linear_raw": (COLORS, {"planarconfig": "contig"}, "pixels are LINEAR_RAW"),
    "mask": (LEVELS, {}, "pixels are MASK"),
    "separated": (np.dstack([COLORS, ALPHA]) * np.uint16(1), {}, "SEPARATED of 16-bit uint16"),
    "ycbcr": (COLORS.astype(np.uint16), {"planarconfig": "contig"}, "YCBCR of 16-bit uint16"),
    "rgb": (np.dstack([COLORS] * 2), {}, "holds 3 samples besides RGB"),
}


@pytest.mark.parametrize("photometric", REFUSED)
def test_what_is_neither_gray_nor_color_is_refused_by_name(photometric, tmp_path):
    pixels, options, message = REFUSED[photometric]
    path = tmp_path / "image.tif"
    options = {"planarconfig": "contig"} if pixels.ndim == 3 else options
    tifffile.imwrite(path, pixels, photometric=photometric, **options)
    for use in (read_image, by_path, lambda path: ImageCollection([path]).n_channels):
        with pytest.raises(ValueError, match=f"image.tif.*{message}"):
            use(path)


def test_premultiplied_alpha_of_sixteen_bits_is_refused(tmp_path):
    path = tmp_path / "image.tif"
    pixels = np.dstack([COLORS, ALPHA]).astype(np.uint16)
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["assocalpha"])
    with pytest.raises(ValueError, match="RGB of 16-bit uint16, multiplied by their alpha"):
        read_image(path)


@pytest.mark.parametrize(
    ("stack", "options"),
    [
        ((40, 7, 9), {"photometric": "minisblack"}),
        ((5, 7, 9, 3), {"photometric": "rgb"}),
        ((4, 7, 9), {"photometric": "minisblack", "imagej": True}),
        ((4, 7, 9), {"photometric": "minisblack", "truncate": True}),
        ((4, 16, 16), {"photometric": "minisblack", "volumetric": True, "tile": (16, 16)}),
        ((3, 7, 9), {"photometric": "minisblack", "ome": True, "metadata": {"axes": "CYX"}}),
    ],
)
def test_pages_and_volumes_are_refused_with_their_number(stack, options, tmp_path):
    path = tmp_path / ("image.ome.tif" if "ome" in options else "image.tif")
    tifffile.imwrite(path, np.zeros(stack, np.uint8), **options)
    for use in (read_image, by_path, lambda path: ImageCollection([path]).n_channels):
        with pytest.raises(ValueError, match=rf"image.*tif.*holds {stack[0]} pages; save the one"):
            use(path)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_frames_are_refused_with_their_number_and_one_is_an_image(kind, tmp_path):
    path = tmp_path / f"image.{kind.lower()}"
    first, *others = (Image.fromarray(np.roll(COLORS, n, axis=0)) for n in range(3))
    first.save(path, kind, save_all=True, append_images=others)
    for use in (read_image, by_path, by_picture):
        with pytest.raises(ValueError, match=r"holds 3 (frames|pages); save the one"):
            use(path)
    with Image.open(path) as picture:
        picture.seek(1)
        frame = picture.copy()  # one frame of them
    assert ImageCollection([frame])[0].shape[:2] == (7, 9)
    first.save(path, kind)
    assert read_image(path).shape == (7, 9, 3)


def test_a_photograph_with_previews_is_its_main_picture(tmp_path):
    path = tmp_path / "image.jpg"
    first, preview = Image.fromarray(COLORS), Image.fromarray(COLORS[::2, ::2])
    first.save(path, "MPO", save_all=True, append_images=[preview], quality=95)
    assert read_image(path).shape == (7, 9, 3)
    np.testing.assert_array_equal(by_picture(path), by_path(path))


SCENE = np.zeros((32, 48, 3), np.uint8)
SCENE[:16, :16], SCENE[:16, 16:], SCENE[16:, :32] = (240, 30, 30), (30, 240, 30), (30, 30, 240)
# What brings a picture upright that EXIF calls mirrored or turned, in Pillow's words.
TURNS = {2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE"}
TURNS |= {6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}


@pytest.mark.parametrize("orientation", range(10))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "tifffile"])
def test_photographs_are_turned_upright_as_exif_says(kind, orientation, tmp_path):
    path, picture, exif = tmp_path / "image", Image.fromarray(SCENE), Image.Exif()
    exif[274] = orientation
    if kind == "tifffile":
        extra = [(274, 3, 1, orientation, True)]
        sixteen = SCENE.astype(np.uint16) * 257
        tifffile.imwrite(path, sixteen, photometric="rgb", extratags=extra)
    else:
        options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 95, "subsampling": 0}}
        picture.save(path, kind, exif=exif, **options.get(kind, {}))
    if orientation in TURNS:
        picture = picture.transpose(Image.Transpose[TURNS[orientation]])
    expected, image = np.asarray(picture) / 255, by_path(path)
    assert image.shape == expected.shape == ImageCollection([path]).image_shape(0)
    np.testing.assert_allclose(image, expected, atol=0.1 if kind == "JPEG" else 1e-6)
    if kind != "tifffile":
        np.testing.assert_array_equal(by_picture(path), image)


def test_a_gray_tiff_that_pillow_maps_and_turns_wrongly_is_right_by_path(tmp_path):
    path, exif = tmp_path / "image.tif", Image.Exif()
    exif[274] = 6
    Image.fromarray(LEVELS).save(path, exif=exif)
    np.testing.assert_array_equal(read_image(path), np.rot90(LEVELS, -1))
    with pytest.raises(ValueError, match="Pillow turns this kind of TIFF wrongly; give its path"):
        by_picture(path)


def test_a_damaged_exif_block_turns_nothing(tmp_path):
    Image.fromarray(COLORS).save(
        tmp_path / "image.png", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x09nonsense"
    )
    np.testing.assert_array_equal(read_image(tmp_path / "image.png"), COLORS)


def test_an_orientation_behind_the_pixels_is_refused(tmp_path):
    path, exif = tmp_path / "image.png", Image.Exif()
    exif[274] = 6
    Image.fromarray(COLORS).save(path, exif=exif)
    data = path.read_bytes()
    start = data.index(b"eXIf") - 4
    length = 12 + int.from_bytes(data[start : start + 4], "big")
    chunk, end = data[start : start + length], data.index(b"IEND") - 4
    path.write_bytes(data[:start] + data[start + length : end] + chunk + data[end:])
    with pytest.raises(ValueError, match="image.png.*orientation stands behind its pixels"):
        read_image(path)


# numpy -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 3)])
@pytest.mark.parametrize("dtype", [*DTYPES, "g"])
def test_arrays_lists_and_nested_lists_give_the_same_floats(dtype, shape):
    levels = of_type(COLORS if len(shape) == 3 else LEVELS, dtype)
    expected = by_array(levels)
    assert expected.dtype == (np.float64 if dtype in ("f8", "g") else np.float32)
    if dtype in ("u1", "i4", "i8", "u8"):  # what Python's integers may have been
        np.testing.assert_array_equal(ImageCollection([levels.tolist()])[0], expected)
        np.testing.assert_array_equal(by_array(np.array(levels.tolist())), expected)
        np.testing.assert_allclose(expected.reshape(shape) * 255, levels, atol=1e-4)


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u4", "u8"])
def test_integers_of_no_known_range_are_refused_by_name(dtype):
    wide = np.stack([LEVELS // 2] * 3).astype(dtype)
    wide[1, 2, 3] = -1 if dtype == "i1" else 256
    message = r"X\[1\] holds u?int\d+ values from .*convert others to uint8, uint16 or floats"
    for X in (wide, list(wide), wide[..., np.newaxis], wide.tolist()):
        with pytest.raises(ValueError, match=message):
            PatchExtractor(4).fit(X)
    with pytest.raises(ValueError, match="photo holds"):
        as_float_image(wide[1], "photo")


@pytest.mark.parametrize("dtype", ["c8", "M8[s]", "m8[s]", "O"])
def test_values_that_are_no_numbers_are_refused(dtype):
    image = LEVELS.astype(dtype) if dtype != "O" else np.full((7, 9), "a", dtype=object)
    with pytest.raises(TypeError, match="image holds values of type .*, not real numbers"):
        as_float_image(image)
