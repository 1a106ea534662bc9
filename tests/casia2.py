"""A miniature CASIA-2, forged well enough to train on."""

import numpy as np
from skimage.io import imread

CATEGORIES = ("ani", "arc", "nat", "sec")


def make_casia2(root, rng, *, n_photographs=4, shape=(48, 64), masks=True):
    """Write authentic images, and of each a splice (TIFF) and a copy-move (JPEG), below `root`.

    Photograph k is number k + 1 of category k modulo 4; two and two lend each other a region.
    """
    names = [f"{CATEGORIES[k % 4]}{k + 1:05}" for k in range(n_photographs)]
    files = [root / "Au" / f"Au_{name[:3]}_{name[3:]}.jpg" for name in names]
    for file in files:
        save(file, _photograph(shape, rng))
    photographs = [imread(file) for file in files]  # as a forger gets them
    for k, (name, photograph) in enumerate(zip(names, photographs, strict=True)):
        other = min(k ^ 1, n_photographs - 1)
        splice = f"Tp_D_NRN_S_N_{name}_{names[other]}_{k:05}"
        copy_move = f"Tp_S_NNN_M_B_{name}_{name}_{10000 + k}"
        for stem, donor in ((splice, photographs[other]), (copy_move, photograph)):
            region = _region(shape, rng)
            moved = np.roll(donor, (shape[0] // 2, shape[1] // 3), axis=(0, 1))
            suffix = ".tif" if stem == splice else ".jpg"
            save(root / "Tp" / (stem + suffix), np.where(region[..., None], moved, photograph))
            if masks:
                path = root / "CASIA 2 Groundtruth" / f"{stem}_gt.png"
                save(path, 255 * region.astype(np.uint8))
    return root


def save(path, pixels):
    """An image file in the format of its suffix."""
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=95)


def _photograph(shape, rng):
    """Coarse patches of color and noise."""
    coarse = rng.integers(30, 225, size=(-(-shape[0] // 8), -(-shape[1] // 8), 3))
    smooth = np.kron(coarse, np.ones((8, 8, 1)))[: shape[0], : shape[1]]
    return np.clip(smooth + rng.normal(scale=8, size=smooth.shape), 0, 255).astype(np.uint8)


def _region(shape, rng):
    """A rectangle of a ninth of the image."""
    region = np.zeros(shape, dtype=bool)
    row, col = (rng.integers(side // 6, side // 2) for side in shape)
    region[row : row + shape[0] // 3, col : col + shape[1] // 3] = True
    return region
