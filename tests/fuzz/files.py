"""Image files of odd modes, damaged in many ways."""

import io
import struct

import numpy as np
from PIL import Image

from sk_hyperimage.datasets import tampered_region
from sk_hyperimage.feature_extraction import BrisqueFeatures, PatchExtractor
from sk_hyperimage.images import read_image
from sk_hyperimage.preprocessing import (
    ColorConverter,
    ImageResizer,
    JPEGReencoder,
    LocalContrastNormalizer,
)

MODES = {
    "PNG": ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"],
    "JPEG": ["L", "RGB", "CMYK"],
    "BMP": ["1", "L", "P", "RGB"],
    "TIFF": ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "float64", "uint16"],
    "GIF": ["L", "P", "1"],
}
SUFFIXES = {"PNG": "png", "JPEG": "jpg", "BMP": "bmp", "TIFF": "tif", "GIF": "gif"}


def encoded(rng):
    """A whole image as bytes, its format, and what it is."""
    kind = rng.choice(list(MODES))
    mode = str(rng.choice(MODES[kind]))
    rows, cols = rng.integers(1, 40, size=2)
    pixels = rng.integers(0, 256, size=(rows, cols, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    if mode in ("float64", "uint16"):
        import tifffile

        tifffile.imwrite(buffer, pixels.astype(mode), photometric="rgb")
        return buffer.getvalue(), kind, mode
    if mode == "I;16":
        image = Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
    elif mode == "F":
        values = pixels[..., 0].astype(np.float32)
        values[0, 0] = rng.choice([0, np.nan, np.inf, 1e38])
        image = Image.fromarray(values)
    else:
        image = Image.fromarray(pixels).convert(mode)
    more = [image] * 2 if kind in ("GIF", "TIFF") and rng.random() < 0.2 else []
    image.save(buffer, kind, **({"save_all": True, "append_images": more} if more else {}))
    return buffer.getvalue(), kind, mode


def flipped(data, rng, n_first=None):
    """Some bytes replaced, of the whole file or of its beginning."""
    data = bytearray(data)
    for place in rng.integers(0, min(len(data), n_first or len(data)), size=rng.integers(1, 9)):
        data[place] = rng.integers(256)
    return bytes(data)


def with_great_number(data, rng):
    """A number of the header replaced by a great one."""
    place = rng.integers(0, max(1, min(len(data), 120) - 4))
    order = rng.choice(["<", ">"])
    great = struct.pack(f"{order}I", int(rng.choice([2**31 - 1, 2**32 - 1, 60_000, 10**6])))
    return data[:place] + great + data[place + 4 :]


DAMAGES = {
    "whole": lambda data, rng: data,
    "truncated": lambda data, rng: data[: rng.integers(0, len(data))],
    "flipped": flipped,
    "header": lambda data, rng: flipped(data, rng, 64),
    "great": with_great_number,
    "empty": lambda data, rng: b"",
    "noise": lambda data, rng: rng.bytes(rng.integers(1, 400)),
    "cut out": lambda data, rng: data[: len(data) // 3] + data[len(data) // 2 :],
    "twice": lambda data, rng: data + data,
}


def patches(path):
    return np.asarray(PatchExtractor(4, 0.5).fit_transform([path, path]))


def normalized(path):
    return LocalContrastNormalizer().fit_transform([path])[0]


def resized(path):
    return np.asarray(ImageResizer((8, 9)).fit_transform([path]))


def reencoded(path):
    return JPEGReencoder().fit_transform([path])[0]


def brisque(path):
    return BrisqueFeatures().fit_transform([path])


def region(path):
    return tampered_region(path, path)


def picture(path):
    """As PIL image, which says nothing of its path."""
    try:
        opened = Image.open(path)
    except Exception as error:  # which Pillow raises
        raise ValueError(f"{path}: {error}") from error
    with opened:
        try:
            return PatchExtractor(4, 0.5).fit_transform([opened])[0]
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error


def converted(path):
    return ColorConverter("rgb").fit_transform([path])[0]


USES = [picture, converted, read_image, patches, normalized, resized, reencoded, brisque, region]


def case(rng, folder):
    """What to do with a file, and how to describe it."""
    data, kind, mode = encoded(rng)
    damage = str(rng.choice(list(DAMAGES), p=[0.36] + [0.08] * 8))
    suffix = SUFFIXES[kind if rng.random() < 0.85 else str(rng.choice(list(SUFFIXES)))]
    use = USES[rng.integers(len(USES))]
    path = folder / f"image.{suffix}"
    path.unlink(missing_ok=True)
    fate = rng.random()
    if fate < 0.02:
        path = folder  # a folder is no file
    elif fate > 0.02 + 0.02:
        path.write_bytes(DAMAGES[damage](data, rng))
    name = str(path) if rng.random() < 0.5 else path

    def run():
        result = use(name)
        if use is read_image:  # in the file's own values, which may be NaN or complex
            return np.zeros(np.shape(result))
        return result

    return run, f"{use.__name__} of a {mode} {kind}, {damage}, in {path.name}", str(path)
