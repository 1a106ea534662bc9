import numpy as np
from PIL import Image
from scipy.signal import convolve2d
from skimage.color import rgb2lab
from skimage.data import astronaut

from sk_hyperimage.metrics import vsi
from sk_hyperimage.metrics.full_reference._phase_congruency import phase_congruency
from sk_hyperimage.metrics.full_reference._saliency import saliency


def saliency_by_definition(levels):
    """SDSP of 256 x 256 pixels, from the equations of its paper; CIELAB is scikit-image's."""
    lab = rgb2lab(levels / 255, illuminant="D50")
    row, column = np.mgrid[-128:128, -128:128] / 256
    radius = np.sqrt(row**2 + column**2)
    radius[(radius == 0) | (radius > 0.5)] = np.nan  # where the filter stops everything
    band = np.nan_to_num(np.exp(-(np.log(radius / 0.021) ** 2) / (2 * 1.34**2)))
    spectra = [np.fft.fftshift(np.fft.fft2(lab[..., c])) for c in range(3)]
    filtered = [np.fft.ifft2(np.fft.ifftshift(s * band)).real for s in spectra]
    row, column = np.mgrid[1:257, 1:257] - 128
    center = np.exp(-(row**2 + column**2) / 145**2)
    warm = [(c - c.min()) / np.ptp(c) for c in (lab[..., 1], lab[..., 2])]
    color = 1 - np.exp(-(warm[0] ** 2 + warm[1] ** 2) / 0.001**2)
    attention = np.sqrt(sum(f**2 for f in filtered)) * center * color
    return (attention - attention.min()) / np.ptp(attention)


def vsi_by_definition(reference, image):
    def maps(levels):
        luma, m, n = np.moveaxis(
            levels @ np.array([[0.06, 0.3, 0.34], [0.63, 0.04, -0.6], [0.27, -0.35, 0.17]]), 2, 0
        )
        scharr = np.array([[3, 0, -3], [10, 0, -10], [3, 0, -3]]) / 16
        slopes = [convolve2d(luma, kernel, mode="same") for kernel in (scharr, scharr.T)]
        return saliency_by_definition(levels), np.hypot(*slopes), m, n

    first, second = maps(reference), maps(image)
    alike = [
        (2 * a * b + c) / (a**2 + b**2 + c)
        for a, b, c in zip(first, second, (1.27, 386, 130, 130), strict=True)
    ]
    color = np.power((alike[2] * alike[3]).astype(complex), 0.02).real
    similar = alike[0] * alike[1] ** 0.4 * color
    return np.average(similar, weights=np.maximum(first[0], second[0]))


def test_vsi_is_that_of_the_definition(rng):
    pristine = astronaut()[:256, :256].astype(float)
    image = np.clip(0.9 * pristine + rng.normal(0, 10, pristine.shape), 0, 255)
    expected = vsi_by_definition(pristine, image)
    # White and the matrix of CIELAB have a few more digits in scikit-image.
    assert abs(vsi(pristine, image, data_range=255) - expected) < 1e-5


def test_saliency_looks_at_other_sizes_through_a_resized_image():
    levels = astronaut()[:300, :400].astype(float)
    small = np.stack(
        [
            Image.fromarray(levels[..., c].astype(np.float32)).resize((256, 256), Image.BILINEAR)
            for c in range(3)
        ],
        axis=2,
    )
    attention = Image.fromarray(saliency(small.astype(float)).astype(np.float32))
    expected = np.asarray(attention.resize((400, 300), Image.BILINEAR))
    np.testing.assert_allclose(saliency(levels)[5:-5, 5:-5], expected[5:-5, 5:-5], atol=0.02)


def test_phase_congruency_finds_an_edge_whatever_its_contrast():
    step = np.zeros((63, 80))
    step[:, 40:] = 1
    congruency = phase_congruency(step)
    assert congruency[32, 39:41].min() > 0.75 > 0.55 > congruency[32, 2:38].max()
    np.testing.assert_allclose(phase_congruency(100 * step), congruency, atol=0.01)
    assert (phase_congruency(np.full((5, 1), 9.0)) == 0).all()
