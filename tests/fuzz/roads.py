"""Images of any kind, by path, as PIL image and as array, in any container: the same floats."""

import io

import numpy as np
import pandas as pd
import tifffile
from PIL import Image

from fuzz.files import SUFFIXES
from sk_hyperimage.feature_extraction import BrisqueFeatures, PatchExtractor
from sk_hyperimage.images import ImageCollection, read_image
from sk_hyperimage.preprocessing import ColorConverter, LocalContrastNormalizer

DTYPES = ["?", "u1", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", ">u2"]
DTYPES += [">f4", "c8", "g", "O"]
PHOTOMETRICS = [
    "minisblack",
    "miniswhite",
    "rgb",
    "palette",
    "separated",
    "ycbcr",
    "cielab",
    "cfa",
]
MODES = ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "I", "F", "LAB"]
FORMATS = [*SUFFIXES, "WEBP", "PPM", "TGA", "ICO", "JPEG2000"]


def odd_pixels(rng):
    """Pixels of any type, within its range or not."""
    shape = (*rng.integers(1, 24, size=2), int(rng.choice([1, 2, 3, 3, 4, 5])))
    shape = shape[:2] if rng.random() < 0.4 else shape
    top = rng.choice([2, 127, 256, 256, 256, 300, 70_000])
    bottom = 0 if rng.random() < 0.9 else -3
    with np.errstate(all="ignore"):
        return rng.integers(bottom, top, shape).astype(str(rng.choice(DTYPES)))


def tiff(pixels, rng):
    """A TIFF of some interpretation, layout and orientation, or None where none can be written."""
    photometric = str(rng.choice(PHOTOMETRICS))
    options = {"photometric": photometric}
    if pixels.ndim == 3:
        planar = rng.random() < 0.4
        options["planarconfig"] = "separate" if planar else "contig"
        pixels = np.moveaxis(pixels, 2, 0) if planar else pixels
    if photometric == "palette":
        options["colormap"] = rng.integers(0, 2**16, (3, 256)).astype(np.uint16)
    if rng.random() < 0.3:
        options["extratags"] = [(274, 3, 1, int(rng.integers(0, 12)), True)]
    if rng.random() < 0.1:
        pixels = np.stack([pixels] * int(rng.integers(2, 5)))
    if rng.random() < 0.2:
        options["tile"] = (16, 16)
    if rng.random() < 0.3:
        options["compression"] = str(rng.choice(["zlib", "lzma"]))
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, **options)
    return buffer.getvalue()


def picture_file(rng):
    """A file of some mode and format, its EXIF at times turning it."""
    mode, kind = str(rng.choice(MODES)), str(rng.choice(FORMATS))
    shape = (*rng.integers(1, 24, size=2), 3)
    picture = Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8))
    picture = picture.convert("P").convert("PA") if mode == "PA" else picture.convert(mode)
    options = {}
    if rng.random() < 0.3:
        options["exif"] = Image.Exif()
        options["exif"][274] = int(rng.integers(0, 12))
    if rng.random() < 0.1:
        options |= {"save_all": True, "append_images": [picture.rotate(90)] * 2}
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def contained(images, rng):
    """The same images or paths in what a user may hold them in."""
    kind = rng.integers(6)
    paths = isinstance(images[0], str)
    if kind == 0:
        return tuple(images)
    if kind == 1:
        objects = np.empty(len(images), dtype=object)
        for place, image in enumerate(images):
            objects[place] = image
        return objects
    if kind == 2:
        return pd.Series(list(images), index=np.arange(5, 5 + len(images)))
    if kind > 2 and paths:
        as_bytes = [path.encode() for path in images]
        return [np.array(images), pd.DataFrame({"path": images}), np.array(as_bytes)][kind - 3]
    return images


def features(X):
    return np.concatenate(
        [np.ravel(image) for image in LocalContrastNormalizer().fit_transform(X)]
    )


def patches(X):
    return np.asarray(PatchExtractor(4, 0.5).fit_transform(X))


def gray(X):
    return np.concatenate([np.ravel(image) for image in ColorConverter().fit_transform(X)])


USES = [features, patches, gray, BrisqueFeatures().fit_transform]


def check_roads(path, rng):
    """By path, as pixels and as PIL image; what one road refuses, another may still take."""
    by_path = ImageCollection(contained([str(path)] * 2, rng))
    image = by_path[1]
    if image.shape != by_path.image_shape(0):
        raise AssertionError(f"the header says {by_path.image_shape(0)}, pixels {image.shape}")
    np.testing.assert_array_equal(ImageCollection([read_image(path)])[0], image)
    with Image.open(path) as picture:
        pictures = ImageCollection([picture])
        np.testing.assert_array_equal(pictures[0], image)
    return image


def case(rng, folder):
    """Take an image of any kind along all roads, or use several in a container."""
    path = folder / "image"
    pixels, kind = odd_pixels(rng), rng.integers(3)
    use = USES[rng.integers(len(USES))]
    if kind == 0:
        X = contained([pixels] * 3 if rng.random() < 0.8 else pixels, rng)
        text = f"{use.__name__} of {type(X).__name__} of {pixels.dtype} {pixels.shape}"
        return lambda: use(X), text, None

    def run():
        try:
            data = tiff(pixels, rng) if kind == 1 else picture_file(rng)
        except Exception as error:  # as many as there are encoders
            raise ValueError("nothing writes such a file") from error
        path.write_bytes(data)
        if rng.random() < 0.5:
            return use(contained([str(path)] * 3, rng))
        return check_roads(path, rng)

    what = f"a TIFF of {pixels.dtype} {pixels.shape}" if kind == 1 else "a picture"
    return run, f"roads of {what}", None
