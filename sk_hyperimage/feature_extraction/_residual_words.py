"""Residuals in a bag of words (Cozzolino, Poggi and Verdoliva 2017, Section III-A)."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils.random import sample_without_replacement

from sk_hyperimage._typing import Floats, Ints, Seed
from sk_hyperimage.feature_extraction._residual_histograms import (
    HALVES,
    MAX_WORDS,
    ResidualHistograms,
    neighbors,
)
from sk_hyperimage.images import PatchSequence, Samples
from sk_hyperimage.utils._sklearn import Interval, StrOptions

# Products of residuals and words that are computed at a time: they fit into a processor's cache.
CHUNK_VALUES = 2**17


class ResidualWords(ResidualHistograms):
    """Describe every image by the words of a codebook that its residuals are nearest to.

    As :class:`ResidualCooccurrences`, but the residuals of neighboring pixels are not rounded one
    by one: the vector of all of them becomes the nearest word of a codebook, which `fit` learns by
    k-means. Words so lie where residuals are, whereas most of the combinations of rounded ones
    hardly occur. It needs no labels. The halves across and along the filter have codebooks of
    their own, as they have in the paper's network.

    Parameters
    ----------
    n_words : int, default=81
        Words of each codebook, at most 65536. Every image has twice as many features, such as
        ``across_word3`` and ``along_word3``: shares of places, each half of which sums to 1.
    filter_taps : tuple of float, default=(1, -3, 3, -1)
    n_pixels : int, default=4
    clip : float or None, default=9
        Residuals beyond are clipped, in gray levels; None leaves them as they are, and most words
        to the edges of what an image shows.
    channel : {"green", "gray"}, default="green"
        As in :class:`ResidualCooccurrences`.
    n_codebook_vectors : int, default=100000
        Vectors that each codebook is learned from, about the same number from every image.
    random_state : int, RandomState instance or None, default=None
        Seed of the choice of vectors and of k-means.

    Attributes
    ----------
    codebooks_ : ndarray of shape (2, n_words, n_pixels)
        Words of the across half and of the along half, in gray levels.
    n_features_in_ : int
        Channels of the images; columns of a 2-D X.

    See Also
    --------
    ResidualCooccurrences : The words are all combinations of a few levels.
    CorniaFeatures : Words are patches, and features the similarities with them.

    Notes
    -----
    With ``codebooks_`` set to all combinations of the levels of a :class:`ResidualCooccurrences`,
    features are the same, if no residual lies halfway between two levels and `clip` reaches to the
    outermost. Images may be of 8 bits only, and patches share computation, as there. To learn from
    patches is to learn from the images they are cut from.

    On 64 x 64 patches of photographs, 81 words of residuals clipped at 9 told a blur of 0.5 from
    none as often as unclipped ones did (90 %; combinations of levels: 88 %), and noise of standard
    deviation 0.25 more often (67 and 62 %; combinations: 69 %).

    References
    ----------
    D. Cozzolino, G. Poggi and L. Verdoliva, "Recasting residual-based local descriptors as
    convolutional neural networks: an application to image forgery detection", IH&MMSec 2017,
    Section III-A and Figure 2, which leave open how the codebook is learned.

    Examples
    --------
    >>> from skimage.data import camera
    >>> from sk_hyperimage.feature_extraction import ResidualWords
    >>> images = camera().reshape(8, 64, 8, 64).swapaxes(1, 2).reshape(64, 64, 64)
    >>> words = ResidualWords(n_words=20, n_codebook_vectors=10_000, random_state=0)
    >>> words.fit_transform(images).shape
    (64, 40)
    """

    _parameter_constraints: dict = {
        "n_words": [Interval(Integral, 1, MAX_WORDS, closed="both")],
        "filter_taps": [tuple, list],
        "n_pixels": [Interval(Integral, 1, 16, closed="both")],
        "clip": [Interval(Real, 0, None, closed="neither"), None],
        "channel": [StrOptions({"green", "gray"})],
        "n_codebook_vectors": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_words: int = 81,
        filter_taps: tuple[float, ...] = (1, -3, 3, -1),
        n_pixels: int = 4,
        *,
        clip: float | None = 9.0,
        channel: str = "green",
        n_codebook_vectors: int = 100_000,
        random_state: Seed = None,
    ):
        self.n_words = n_words
        self.filter_taps = filter_taps
        self.n_pixels = n_pixels
        self.clip = clip
        self.channel = channel
        self.n_codebook_vectors = n_codebook_vectors
        self.random_state = random_state

    def _learn(self, images: Samples) -> None:
        from sklearn.cluster import MiniBatchKMeans

        super()._learn(images)
        random_state = check_random_state(self.random_state)
        codebooks = []
        for vectors in self._vectors_of_all(images, random_state):
            if len(vectors) < self.n_words:
                raise ValueError(
                    f"n_words={self.n_words} is more than the {len(vectors)} vectors of residuals "
                    f"drawn from the {len(images)} images of X; reduce n_words, or give more or "
                    f"larger images or a larger n_codebook_vectors"
                )
            kmeans = MiniBatchKMeans(self.n_words, n_init=1, random_state=random_state)
            codebooks.append(kmeans.fit(vectors).cluster_centers_)
        self.codebooks_ = np.stack(codebooks)

    def _vectors_of_all(
        self, images: Samples, random_state: np.random.RandomState
    ) -> tuple[Floats, ...]:
        """Vectors to learn from of each half, (about n_codebook_vectors, n_pixels)."""
        drawn: tuple[list[Floats], ...] = ([], [])
        if isinstance(images, PatchSequence):
            grids = images.grids
            n_images, image_of, name_of = len(grids), grids.image, grids.name
        else:
            n_images, image_of, name_of = len(images), images.item, images.name
        # An image and its transpose, one after the other.
        bounds = np.linspace(0, self.n_codebook_vectors, 2 * n_images + 1).astype(int)
        for index, n_vectors in enumerate(np.diff(bounds).reshape(n_images, 2)):
            if not n_vectors.any():
                continue
            levels = self._levels(image_of(index), name_of(index))
            for turned, n_drawn in zip((levels, levels.T), n_vectors, strict=True):
                residual = self._quantize(self._residual(turned))
                for axis, vectors in enumerate(drawn):
                    maps = neighbors(residual, self.n_pixels, axis)
                    vectors.append(random_vectors(maps, n_drawn, random_state))
        return tuple(np.concatenate(vectors) for vectors in drawn)

    @property
    def _n_codes(self) -> int:
        return self.n_words

    def _quantize(self, residual: np.ndarray) -> np.ndarray:
        if self.clip is None:
            return residual
        return residual.astype(np.float32).clip(-self.clip, self.clip)

    def _code(self, neighbors: list[np.ndarray], half: str) -> Ints:
        """The nearest word: its product with a vector, less half its own square, is greatest."""
        words = self.codebooks_[HALVES.index(half)]
        with_bias = np.column_stack([words, -np.square(words).sum(axis=1) / 2])
        n_rows, n_cols = neighbors[0].shape
        codes = np.empty((n_rows, n_cols), dtype=np.min_scalar_type(len(words) - 1))
        for rows in gen_batches(n_rows, max(1, CHUNK_VALUES // (n_cols * len(words)))):
            vectors = np.ones((rows.stop - rows.start, n_cols, len(neighbors) + 1))
            for n, residual in enumerate(neighbors):
                vectors[..., n] = residual[rows]
            codes[rows] = (vectors @ with_bias.T).argmax(axis=-1)
        return codes

    def _feature_names(self) -> list[str]:
        return [f"{half}_word{k}" for half in HALVES for k in range(self.n_words)]


def random_vectors(
    maps: list[np.ndarray], n_vectors: int, random_state: np.random.RandomState
) -> Floats:
    """Values of all maps at different places, (at most n_vectors, n_maps)."""
    n_rows, n_cols = maps[0].shape
    chosen = np.arange(n_rows * n_cols)
    if n_vectors < len(chosen):
        chosen = sample_without_replacement(len(chosen), n_vectors, random_state=random_state)
    rows, cols = np.divmod(chosen, n_cols)
    return np.stack([values[rows, cols] for values in maps], axis=1).astype(np.float64)
