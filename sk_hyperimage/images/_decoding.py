"""One reading rule for every mode of Pillow and every kind of TIFF: gray or color, or refused.

Pixels come as gray (n_rows, n_cols), gray and alpha, RGB or RGBA, channels last, upright, black
being 0. Whatever stores them otherwise is converted, or refused with its name.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from typing import TypeGuard

    from PIL import Image
    from PIL.TiffImagePlugin import TiffImageFile
    from tifffile import TiffFile, TiffFrame, TiffPage

# Modes of Pillow that are kept, and the channels that they have.
CHANNELS = {"1": 1, "L": 1, "I;16": 1, "I;16L": 1, "I;16B": 1, "I;16N": 1, "I": 1, "F": 1}
CHANNELS |= {"LA": 2, "RGB": 3, "RGBA": 4}
# Modes that Pillow converts first: a palette to its colors, four inks to RGB.
CONVERTED = {"P": "RGB", "PA": "RGBA", "CMYK": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
CONVERTED |= {"RGBX": "RGB", "RGBa": "RGBA", "La": "LA"}

# Formats in which more pictures come with a main one: previews, depth, layers that it is made of.
WITH_MAIN_PICTURE = {"MPO", "PSD"}
# Formats whose gray levels of 16 bits Pillow, or an older one, holds in 32.
SIXTEEN_BITS = {"PNG", "PPM", "ICNS"}

# Of EXIF and TIFF: what brings an image upright, by its orientation.
ORIENTATION = 274
UPRIGHT: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.swapaxes(0, 1),
    6: lambda image: image[::-1].swapaxes(0, 1),
    7: lambda image: image[::-1, ::-1].swapaxes(0, 1),
    8: lambda image: image[:, ::-1].swapaxes(0, 1),
}
LYING = (5, 6, 7, 8)

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
UNSPECIFIED, PREMULTIPLIED, ALPHA = 0, 1, 2
# Compressions that every Pillow decodes: none, fax, LZW, JPEG old and new, deflate, packed bits.
COMPRESSIONS = (1, 2, 3, 4, 5, 6, 7, 8, 32946, 32773)
# Samples that a photometric interpretation takes.
N_SAMPLES = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4, YCBCR: 3}


def is_picture(item: object) -> TypeGuard[Image.Image]:
    """Whether `item` is an image of Pillow, which whoever made one has imported."""
    return "PIL.Image" in sys.modules and isinstance(item, sys.modules["PIL.Image"].Image)


def array_of(item: ArrayLike | Image.Image) -> np.ndarray:
    """Pixels of an image in memory, be it an array or a Pillow image."""
    with _naming(item):
        return picture_pixels(item) if is_picture(item) else np.asarray(item)


def array_shape(item: ArrayLike | Image.Image) -> tuple[int, ...]:
    """Shape of the pixels of an image in memory; a Pillow image stays undecoded."""
    with _naming(item):
        if is_picture(item):
            return picture_shape(item)
        return np.shape(item)  # type: ignore[arg-type]


@contextmanager
def _naming(item: object) -> Iterator[None]:
    """Of a Pillow image, whatever may fail becomes a ValueError."""
    try:
        yield
    except Exception as error:
        if not is_picture(item):
            raise
        raise ValueError(f"the PIL image cannot be read: {error}") from error


def picture_shape(picture: Image.Image) -> tuple[int, ...]:
    """Shape of the pixels of a Pillow image, without decoding them."""
    if picture.format == "ICNS":
        picture.load()  # its header does not tell whether there is alpha
    _check_picture(picture)
    lying = (_tiff_picture_orientation(picture) or _exif_orientation(picture)) in LYING
    cols, rows = picture.size[::-1] if lying else picture.size
    channels = CHANNELS[CONVERTED.get(picture.mode, picture.mode)]
    return (rows, cols) if channels == 1 else (rows, cols, channels)


def picture_pixels(picture: Image.Image) -> np.ndarray:
    """Pixels of a Pillow image, which stays as it is."""
    _check_picture(picture)
    return _converted(picture)


def _converted(picture: Image.Image) -> np.ndarray:
    known = "exif" in picture.info
    picture.load()
    orientation = _exif_orientation(picture)
    if not known and orientation in UPRIGHT and picture.format == "PNG":
        raise ValueError("its orientation stands behind its pixels; turn it and save it again")
    if picture.mode in CONVERTED:
        picture = picture.copy()
        picture.info.pop("transparency", None)  # the color of the background, with a warning
        picture = picture.convert(CONVERTED[picture.mode])
    pixels = np.array(picture)
    if picture.mode == "I" and picture.format in SIXTEEN_BITS:
        pixels = pixels.astype(np.uint16)
    return _upright(pixels, orientation)


def _check_picture(picture: Image.Image) -> None:
    if CONVERTED.get(picture.mode, picture.mode) not in CHANNELS:
        raise ValueError(f"its mode is {picture.mode}; convert it to RGB or gray")
    try:
        n_pictures = getattr(picture, "n_frames", 1)
    except ValueError:
        n_pictures = 1  # of a closed file one is left
    if n_pictures > 1 and picture.format not in WITH_MAIN_PICTURE:
        kind = "pages" if picture.format == "TIFF" else "frames"
        raise ValueError(f"it holds {n_pictures} {kind}; {ONE_AS_A_FILE}")
    if picture.format == "TIFF" and hasattr(picture, "tag_v2"):
        _check_tiff_picture(picture)  # type: ignore[arg-type]


def _check_tiff_picture(picture: TiffImageFile) -> None:
    """Raise ValueError where Pillow's pixels are not those in the TIFF."""
    tags = picture.tag_v2
    bits, formats = tags.get(258, (1,)), tags.get(339, (1,))
    photometric = tags.get(262, WHITE_IS_ZERO)
    # Compressed numbers in big-endian order are swapped twice, all but the first of these kinds.
    swapped = tags.prefix == b"MM" and tags.get(259, 1) != 1
    held = HELD_GRAY[:1] if swapped else HELD_GRAY
    gray = photometric == BLACK_IS_ZERO and (bits, formats) in held
    if not gray and not _pillow_holds(photometric, bits, formats, tags.get(338, ())):
        raise ValueError(
            f"Pillow does not keep the numbers of this kind of TIFF ({bits[0]} bits, photometric "
            f"interpretation {photometric}); give its path instead"
        )
    # Not yet loaded, and then mapped from the file with rows as long as those of the turned image.
    mapped = picture.filename and picture.mode != "RGB" and [t[0] for t in picture.tile] == ["raw"]
    if mapped and tags.get(ORIENTATION) in LYING:
        raise ValueError("Pillow turns this kind of TIFF wrongly; give its path instead")


ONE_AS_A_FILE = "save the one that is meant as a file of its own"
# Bits and sample formats (1 unsigned, 2 signed, 3 float) of gray TIFFs for which Pillow has modes.
HELD_GRAY = [((16,), (1,)), ((16,), (2,)), ((32,), (2,)), ((32,), (3,))]


def _exif_orientation(picture: Image.Image) -> int:
    """The orientation in EXIF; Pillow turns TIFFs itself."""
    if "exif" not in picture.info:
        return 1
    from PIL import Image

    exif = Image.Exif()  # not that of the picture, which of a PNG would decode the pixels
    try:
        exif.load(picture.info["exif"])
        return exif.get(ORIENTATION, 1)
    except Exception:
        return 1  # as in any viewer, a damaged block turns nothing


def _tiff_picture_orientation(picture: Image.Image) -> int | None:
    """That of a TIFF whose size an older Pillow gives as it is before the image is turned."""
    tags = getattr(picture, "tag_v2", {})
    return tags.get(ORIENTATION) if picture.size == (tags.get(256), tags.get(257)) else None


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    turn = UPRIGHT.get(orientation)
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))


def is_tiff(file: BinaryIO) -> bool:
    """Whether a file begins as TIFF or BigTIFF does."""
    start = file.read(4)
    file.seek(0)
    return start in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def tiff_shape(file: BinaryIO) -> tuple[int, ...]:
    """Shape of the pixels in a TIFF, from its header."""
    from tifffile import TiffFile

    file.seek(0)
    with TiffFile(file) as tiff:
        page = _only_page(tiff)
        rows, cols, channels = page.imagelength, page.imagewidth, _tiff_channels(page)
        orientation = _tiff_orientation(page)
    rows, cols = (cols, rows) if orientation in LYING else (rows, cols)
    return (rows, cols) if channels == 1 else (rows, cols, channels)


def tiff_pixels(file: BinaryIO) -> np.ndarray:
    """Pixels in a TIFF.

    Pillow converts what it holds, and brings the decoders of the usual compressions; it has only
    eight bits for a color, so that tifffile decodes gray and RGB of other types.
    """
    from tifffile import TiffFile

    file.seek(0)
    with TiffFile(file) as tiff:
        page = _only_page(tiff)
        channels = _tiff_channels(page)
        if not _is_for_pillow(page):
            pixels = _in_full_range(page.asarray(), page)
            if page.axes == "SYX":
                pixels = np.moveaxis(pixels, 0, -1)
            pixels = pixels[..., 0] if channels == 1 and pixels.ndim == 3 else pixels
            pixels = pixels[..., :channels] if pixels.ndim == 3 else pixels
            return _upright(pixels, _tiff_orientation(page))
    from PIL import Image

    file.seek(0)
    with Image.open(file, formats=["TIFF"]) as picture:
        return _converted(picture)


def _only_page(tiff: TiffFile) -> TiffPage:
    """The page that holds the image; later ones may show it smaller, or mask it."""
    page: TiffPage = tiff.pages[0]  # type: ignore[assignment]
    if page.is_reduced:
        raise ValueError("it is a preview of a raw photograph; develop that into an image")
    n_pages = sum(not _is_secondary(other) for other in tiff.pages)
    # Some programs write one page for a whole stack, and its shape into the description.
    n_pages = max(n_pages, math.prod(tiff.series[0].shape) // max(1, math.prod(page.shape)))
    if n_pages > 1 or page.axes not in ("YX", "YXS", "SYX"):
        n_pages = max(n_pages, page.imagedepth)
        raise ValueError(f"it holds {n_pages} pages; {ONE_AS_A_FILE}")
    return page


def _is_secondary(page: TiffPage | TiffFrame) -> bool:
    subfiletype = getattr(page, "subfiletype", 0)  # of a frame, which is as its first page
    return bool(subfiletype & 0b101)  # of reduced resolution, a mask


def _tiff_channels(page: TiffPage) -> int:
    """Channels of the image in a page; ValueError if it is neither gray nor colors."""
    photometric, dtype, extra = page.photometric, page.dtype, _extra_samples(page)
    name = f"{getattr(photometric, 'name', photometric)} of {page.bitspersample}-bit {dtype}"
    if photometric not in N_SAMPLES:
        raise ValueError(f"its pixels are {name}; convert it to RGB or gray")
    if photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO):
        n_channels = page.samplesperpixel
    else:
        n_channels = 4 if extra and extra[0] in (PREMULTIPLIED, ALPHA) else 3
        if len(extra) > 1:
            raise ValueError(f"it holds {len(extra)} samples besides {name}; save it without them")
    if not _is_for_pillow(page):
        if photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB):
            raise ValueError(f"its pixels are {name}, {page.compression!r}; convert it to RGB")
        if PREMULTIPLIED in extra:
            raise ValueError(f"its pixels are {name}, multiplied by their alpha; save it without")
        if photometric == WHITE_IS_ZERO and dtype not in (bool, np.uint8, np.uint16):
            raise ValueError(f"its pixels are {name}; save it with black as 0")
    return n_channels


def _extra_samples(page: TiffPage) -> tuple[int, ...]:
    """What stands in a pixel besides its gray level or color; that of RGB is alpha by default."""
    missing = page.photometric == RGB and page.samplesperpixel == 4
    return tuple(page.extrasamples) or ((ALPHA,) if missing else ())


def _is_for_pillow(page: TiffPage) -> bool:
    extra = _extra_samples(page)
    if page.axes == "SYX" and extra and (page.photometric != RGB or extra == (UNSPECIFIED,)):
        return False  # of such planes, as GeoTIFFs have them, Pillow only takes RGB and alpha
    return page.compression in COMPRESSIONS and _pillow_holds(
        page.photometric,
        (page.bitspersample,) * page.samplesperpixel,
        (page.sampleformat,),
        extra,
    )


def _pillow_holds(
    photometric: int, bits: tuple[int, ...], formats: tuple[int, ...], extra: tuple[int, ...]
) -> bool:
    """Whether Pillow decodes this kind of TIFF without a change of its numbers.

    Parameters
    ----------
    photometric : int
    bits, formats : tuple of int
        Of every sample; a format of 1 is that of unsigned integers.
    extra : tuple of int
        Kinds of the samples besides gray levels or colors.
    """
    if set(formats) != {1} or len(bits) != N_SAMPLES.get(photometric, 0) + len(extra):
        return False
    known = {
        RGB: [(), (0,), (1,), (2,)],
        BLACK_IS_ZERO: [(), (ALPHA,)],
        PALETTE: [(), (0,), (ALPHA,)],
    }
    if extra not in known.get(photometric, [()]):
        return False
    return set(bits) == {8} or (len(bits) == 1 and bits[0] in (1, 2, 4))


def _in_full_range(pixels: np.ndarray, page: TiffPage) -> np.ndarray:
    """Unsigned integers as fractions of their type, black being 0."""
    if pixels.dtype.kind == "u" and page.bitspersample < 8 * pixels.dtype.itemsize:
        stretch = np.iinfo(pixels.dtype).max / (2**page.bitspersample - 1)
        pixels = np.rint(pixels * stretch).astype(pixels.dtype)
    if page.photometric == WHITE_IS_ZERO:
        pixels = ~pixels  # of unsigned integers and booleans: their greatest value less them
    return pixels


def _tiff_orientation(page: TiffPage) -> int:
    tag = page.tags.get(ORIENTATION)
    return 1 if tag is None else tag.value
