import numpy as np
import pytest
from skimage.data import camera
from sklearn.pipeline import make_pipeline
from small_models import Means

from sk_hyperimage.ensemble import PatchPoolingRegressor, TiledRegressor
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.inspection import PatchMapDisplay, flat_areas
from sk_hyperimage.preprocessing import LocalContrastNormalizer

EXTRACTOR = PatchExtractor(16, overlap=0.5)


@pytest.fixture(scope="module")
def image():
    """A photograph, saturated in its left half, and flat with a few grains in a corner."""
    image = camera()[160:288, 200:328].copy()
    image[:, :64] = 255
    image[:32, 96:] = 90
    image[8::16, 104::16] += 9  # of 2 * 208 places in a patch, a grain reaches some 30
    return image


@pytest.fixture(scope="module")
def model(image):
    return make_pipeline(EXTRACTOR, PatchPoolingRegressor(Means())).fit([image], [0])


@pytest.mark.parametrize("stride", [None, 4])
def test_areas_are_those_of_saturated_patches(stride, model, image):
    (area,) = flat_areas(model, [image], stride=stride)
    assert area.dtype == bool
    assert area.shape == image.shape
    assert area[:, :56].all()
    assert not area[:, 72:].any()


def test_a_lower_share_includes_what_is_nearly_flat(model, image):
    (strict,), (lenient,) = (flat_areas(model, [image], stride=4, share=s) for s in (1, 0.85))
    assert not strict[:24, 104:].any()
    assert lenient[:24, 104:].all()
    assert (lenient | strict == lenient).all()


def test_images_of_any_size_and_brightness(model, image):
    areas = flat_areas(model, [image[:48], image[:, ::-1] // 2], stride=4)
    whole = flat_areas(model, [image], stride=4)[0]
    assert areas[0].shape == (48, 128)
    assert areas[1][:, 72:].all()
    assert (areas[1][:, ::-1] >= whole).all()


def test_a_pixel_is_flat_if_half_of_its_patches_are(image):
    extractor = PatchExtractor(32, overlap=0.5).fit([image])
    half = image.copy()
    half[:, :64], half[:, 64:] = 255, camera()[160:288, 264:328]
    (area,) = flat_areas(extractor, [half])
    # Columns 48 to 63 lie in two patches, one of them flat.
    assert area[:, :64].all()
    assert not area[:, 64:].any()


def test_of_a_tiled_model_they_are_those_of_its_tiles(image):
    tiled = TiledRegressor(make_pipeline(EXTRACTOR, PatchPoolingRegressor(Means())), 64, overlap=0)
    (area,) = flat_areas(tiled.fit([image], [0]), [image])
    assert area.shape == image.shape
    assert area[:, :64].all()
    assert not area[:, 72:].any()


def test_what_is_no_image_of_8_bits_is_refused_by_name(image):
    normalized = make_pipeline(LocalContrastNormalizer(), EXTRACTOR).fit([image])
    with pytest.raises(ValueError, match=r"^X\[0\] has values from .* must lie in \[0, 1\]"):
        flat_areas(normalized, [image])
    with pytest.raises(ValueError, match="needs at least 7 x 7"):
        flat_areas(PatchExtractor(6).fit([image]), [image])
    with pytest.raises(ValueError, match="no step of LocalContrastNormalizer cuts patches"):
        flat_areas(LocalContrastNormalizer().fit([image]), [image])


@pytest.mark.parametrize("share", [0, 1.5])
def test_other_shares_are_refused(share, model, image):
    with pytest.raises(ValueError, match="'share' parameter of flat_areas must be a float"):
        flat_areas(model, [image], share=share)


def test_the_display_hatches_flat_areas(model, image, plt):
    shown = PatchMapDisplay.from_estimator(model, image, stride=8)
    hidden = PatchMapDisplay.from_estimator(model, image, stride=8, hide_flat=True)
    area = flat_areas(model, [image], stride=8)[0]
    np.testing.assert_array_equal(np.isnan(hidden.values), area)
    np.testing.assert_array_equal(hidden.values[~area], shown.values[~area])
    (hatched,) = hidden.axes_[-1].collections
    assert hatched.hatches == ["////"]
    assert not shown.axes_[-1].collections
