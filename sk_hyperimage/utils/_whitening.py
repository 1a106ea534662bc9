"""Whitening."""

from __future__ import annotations

import numpy as np

from sk_hyperimage._typing import Floats


def zca_whitening(samples: Floats, eps: float) -> Floats:
    """The symmetric matrix (d, d) that makes the covariance of samples (n, d) nearly the identity.

    `eps` is added to the variances, so that directions of hardly any are not blown up.
    """
    variances, axes = np.linalg.eigh(np.cov(samples, rowvar=False, bias=True))
    return ((axes / np.sqrt(variances + eps)) @ axes.T).astype(samples.dtype)
