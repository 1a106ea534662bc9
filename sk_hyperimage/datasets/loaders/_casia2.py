"""CASIA tampered image detection evaluation database, version 2."""

from __future__ import annotations

from os import PathLike

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._casia import Release, casia_columns
from sk_hyperimage.datasets.loaders._casia2_names import (
    authentic_id,
    mask_number,
    photograph,
    tampered_name,
)
from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS, forgery_bunch
from sk_hyperimage.utils._sklearn import validate_params

RELEASE = Release("CASIA-2", "Tp", authentic_id, tampered_name, mask_number, photograph)

DESCRIPTION = """\
CASIA tampered image detection evaluation database, version 2: 7,491 authentic photographs and
5,123 tampered ones of 240 x 160 to 900 x 600 pixels, into which regions of another photograph
(1,828, splice) or of the same one (3,295, copy-move) were pasted by hand. The target is 1 for a
tampered image. Authentic files are JPEG (7,437) or BMP (54), tampered ones TIFF (3,059) or JPEG
(2,064): the format alone predicts the label of 83.6 % of them.
The database was published at http://forensics.idealtest.org/casiav2/, which is no longer
reachable; https://github.com/namtpham/casia2groundtruth links to a copy, and has masks, a list
of misnamed files and one of duplicates. Cite
J. Dong, W. Wang and T. Tan, "CASIA image tampering detection evaluation database", IEEE China
Summit and International Conference on Signal and Information Processing, 2013, and for masks
N. T. Pham, J.-W. Lee, G.-R. Kwon and C.-S. Park, "Hybrid image-retrieval method for image-splicing
validation", Symmetry 11(1), 83, 2019.
"""


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def load_casia2(
    root: str | PathLike, *, check_files: str | None = "headers", return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load CASIA-2 from where it was unpacked.

    File names may be those of the first release or corrected ones: known misnamings are corrected
    in either case. Missing images are ignored, so a part of the database can be loaded.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``Au`` and ``Tp``, or one a few folders above. Masks, files that end
        in ``_gt.png``, may be in any folder up to three below it.
    check_files, return_X_y
        As in :func:`load_image_pairs`.

    Returns
    -------
    data : Bunch
        With the names of the :ref:`schema <schema>`; `images` are paths, authentic ones first, and
        sorted by name.

        kind : ndarray of str of shape (n_images,)
            "authentic", "splice" or "copy-move".
        pairs : ndarray of object of shape (n_images,)
            Id of the authentic photograph that an image is or was made from. None if that is
            missing or differs in size.
        masks : ndarray of object of shape (n_images,)
            Path of a picture that is not black where the image is tampered. None for authentic
            images, and if it is missing or differs in size.
        groups : ndarray of str of shape (n_images,)
            As `pairs`, but never None, and the same for known duplicates.
        donors : ndarray of str of shape (n_images,)
            Group of the photograph that the region was taken from: an image's own group unless
            it is a splice.
        region_size : ndarray of str of shape (n_images,)
            "small", "medium" or "large" as in file names, "" for authentic images.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError
        If a folder is missing.
    ValueError
        If a file is damaged, its name is not a CASIA-2 file name, or two files are the same image.

    Warns
    -----
    FileFormatWarning
        For the whole database: see :func:`format_accuracy`.

    See Also
    --------
    load_casia1 : Loads the first version.
    load_image_pairs : Loads your own authentic and tampered images.
    make_forgeries : Forges photographs, all of which are saved in the same way.

    Notes
    -----
    The first of two ids in a name is that of the background: running numbers increase with it.
    If ids contradict the letter for splice and copy-move, the ids are right.

    **Groups leak through donors.** It is not possible to split by shared photographs, as
    background or as donor: 3,835 of the 12,614 images, three of five tampered ones, are connected,
    because regions of a few photographs are in dozens of others. The `groups` are those of
    backgrounds: 7,468, of at most 19 images. With a sixth of them held out for testing, half of
    the tampered test images still share a photograph with training images, through a donor on
    either side. (With a random split of images, 94 % do.) They can be found, and results reported
    without them::

        known = np.union1d(data.groups[train], data.donors[train])
        seen = np.isin(data.groups[test], known) | np.isin(data.donors[test], known)

    References
    ----------
    Dong, Wang and Tan, "CASIA image tampering detection evaluation database", 2013.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_casia2
    >>> data = load_casia2("CASIA2")  # doctest: +SKIP
    >>> len(data.images), int(data.target.sum())  # doctest: +SKIP
    (12614, 5123)
    """
    columns, names = casia_columns(root, RELEASE)
    n_authentic = len(columns["images"]) - len(names)
    return forgery_bunch(
        **columns,
        region_size=[""] * n_authentic + [name.region_size for name in names],
        drop_unlike=True,
        check_files=check_files,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )
