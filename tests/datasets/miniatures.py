"""Parts of the miniature copies of published data sets."""

import io

import numpy as np

CSIQ_TYPES = {
    "noise": ("awgn", "AWGN"),
    "blur": ("blur", "BLUR"),
    "contrast": ("contrast", "contrast"),
    "fnoise": ("fnoise", "fnoise"),
    "jpeg": ("jpeg", "JPEG"),
    "jpeg 2000": ("jpeg2000", "jpeg2000"),
}


def picture(path, size=(6, 7)):
    """An image file in the format of its suffix."""
    from PIL import Image

    buffer = io.BytesIO()
    kind = {".jpg": "JPEG", ".png": "PNG"}.get(path.suffix.lower(), "BMP")
    pixels = np.arange(size[0] * size[1] * 3, dtype=np.uint8).reshape(*size, 3)
    Image.fromarray(pixels).save(buffer, kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())


def cells(names):
    """A column of a MATLAB cell array."""
    return np.array(names, dtype=object)[:, np.newaxis]


def csiq_sheet():
    """Cells of the sheet, the table starting in its fourth row and column."""
    heading = ["image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos"]
    rows = [[None] * 9, ["DMOS values"] + [None] * 8, [None] * 9, [None] * 3 + heading]
    for image in (1600, "swarm"):
        for index, kind in enumerate(CSIQ_TYPES, start=1):
            for level in (1, 2, 3):
                rows.append(
                    [None] * 3 + [image, index, kind, level, 0.1, index / 10 + level / 100]
                )
    return [*rows, [None] * 9]
