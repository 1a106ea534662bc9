"""CASIA tampered image detection evaluation database, version 1."""

from __future__ import annotations

from os import PathLike

import numpy as np
from sklearn.utils import Bunch

from sk_hyperimage.datasets.loaders._casia import Release, casia_columns
from sk_hyperimage.datasets.loaders._casia1_names import authentic_id, mask_number, tampered_name
from sk_hyperimage.datasets.loaders._checked_bunch import CONSTRAINTS, forgery_bunch
from sk_hyperimage.utils._sklearn import validate_params

DESCRIPTION = """\
CASIA tampered image detection evaluation database, version 1: 800 authentic photographs, 100 of
each of eight categories, and 921 tampered ones, into which regions of another photograph (462,
splice) or of the same one (459, copy-move) were pasted by hand. Nearly all are JPEG files of
384 x 256 or 256 x 384 pixels. The target is 1 for a tampered image.
The server of the database is no longer reachable; https://github.com/namtpham/casia1groundtruth
links to a copy, and has masks of all tampered images but one and corrected names. Cite
J. Dong, W. Wang and T. Tan, "CASIA image tampering detection evaluation database", IEEE China
Summit and International Conference on Signal and Information Processing, 2013, and for masks
N. T. Pham, J.-W. Lee, G.-R. Kwon and C.-S. Park, "Hybrid image-retrieval method for image-splicing
validation", Symmetry 11(1), 83, 2019.
"""

RELEASE = Release("CASIA-1", "Sp", authentic_id, tampered_name, mask_number, photograph=str)


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def load_casia1(
    root: str | PathLike, *, check_files: str | None = "headers", return_X_y: bool = False
) -> Bunch | tuple[np.ndarray, np.ndarray]:
    """Load CASIA-1 from where it was unpacked.

    File names may be those of the first release or corrected ones: known misnamings are corrected
    in either case, and masks belong to images of the same number. Missing images are ignored, so
    a part of the database can be loaded.

    Parameters
    ----------
    root : str or path-like
        The folder that holds ``Au`` and ``Sp``, or one a few folders above. Masks, files that end
        in ``_gt.png``, may be in any folder up to three below it. If your copy has tampered images
        in two folders, ``CM`` and ``Sp``, move those of ``CM`` to ``Sp``, and that beside ``Au``.
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
            As `pairs`, but never None.
        donors : ndarray of str of shape (n_images,)
            Id of the photograph that the region was taken from: an image's own group unless it is
            a splice.
    (images, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError
        If a folder is missing.
    ValueError
        If a file is damaged, its name is not a CASIA-1 file name, or two files are the same image.

    Warns
    -----
    FileFormatWarning
        If the file format predicts the label: see :func:`format_accuracy`.

    See Also
    --------
    load_casia2 : Loads the second version.
    load_image_pairs : Loads your own authentic and tampered images.

    Notes
    -----
    The first of two ids in a name is that of the background, but in 73 names of the first release
    they are in reverse. If ids contradict the letter for splice and copy-move, which is wrong in
    29 names, the ids are right.

    **JPEG files give the label away.** In 937 images that were looked at, no quantization table
    occurs in both an authentic and a tampered file. Encode all alike
    (:class:`~sk_hyperimage.preprocessing.JPEGReencoder`); traces of earlier compression remain.

    **Groups leak through donors**, as in CASIA-2: see :func:`load_casia2`.

    References
    ----------
    Dong, Wang and Tan, "CASIA image tampering detection evaluation database", 2013.

    Examples
    --------
    >>> from sk_hyperimage.datasets import load_casia1
    >>> data = load_casia1("CASIA1")  # doctest: +SKIP
    >>> len(data.images), int(data.target.sum())  # doctest: +SKIP
    (1721, 921)
    """
    columns, _ = casia_columns(root, RELEASE)
    return forgery_bunch(
        **columns,
        drop_unlike=True,
        check_files=check_files,
        return_X_y=return_X_y,
        DESCR=DESCRIPTION,
    )
