import numpy as np
import pytest
from skimage.data import astronaut
from skimage.io import imsave
from sklearn.model_selection import LeaveOneGroupOut, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from sk_hyperimage.feature_extraction import FullReferenceScores, PatchExtractor
from sk_hyperimage.images import PatchSequence, pair_images
from sk_hyperimage.metrics import gmsd, mdsi, psnr, srocc_score
from sk_hyperimage.preprocessing import ColorConverter


@pytest.fixture
def files(tmp_path, rng):
    """Twelve images of three contents of different sizes in files, and their references."""
    images, references, damage, groups = [], [], [], []
    for content in range(3):
        pristine = astronaut()[60 * content :, 80 * content :][: 64 + content, :72]
        references.append(tmp_path / f"reference{content}.png")
        imsave(references[-1], pristine, check_contrast=False)
        for level in (1, 2, 4, 8):
            noise = rng.normal(0, 6 * level, pristine.shape)
            images.append(tmp_path / f"image{content}_{level}.png")
            image = np.clip(pristine + noise, 0, 255).astype(np.uint8)
            imsave(images[-1], image, check_contrast=False)
            damage.append(level)
            groups.append(content)
    return images, [references[g] for g in groups], np.array(damage, float), np.array(groups)


def test_scores_are_those_of_the_functions_in_the_order_asked_for(files):
    from skimage.io import imread

    images, references, *_ = files
    transformer = FullReferenceScores(["psnr", "mdsi", "gmsd"])
    scores = transformer.fit_transform(pair_images(images, references))
    for row, image, reference in zip(scores, images, references, strict=True):
        pair = imread(reference), imread(image)
        np.testing.assert_allclose(row, [f(*pair) for f in (psnr, mdsi, gmsd)], rtol=1e-4)
    assert list(transformer.get_feature_names_out()) == ["psnr", "mdsi", "gmsd"]


def test_a_pipeline_is_a_full_reference_model_that_cross_validates(files):
    images, references, damage, groups = files
    model = make_pipeline(FullReferenceScores(), StandardScaler(), SVR(C=10))
    pairs = pair_images(images, references)

    def srocc(estimator, X, y):
        return srocc_score(y, estimator.predict(X))

    scores = cross_val_score(
        model, pairs, damage, groups=groups, cv=LeaveOneGroupOut(), scoring=srocc
    )
    assert scores.mean() > 0.9


def test_patches_of_pairs_have_scores_of_their_own(rng):
    pristine = rng.random((1, 32, 32, 3))
    damaged = pristine.copy()
    damaged[:, :16] += 0.1 * rng.normal(size=(1, 16, 32, 3))
    grids = PatchExtractor(16, overlap=0).fit_transform(pair_images(damaged, pristine))
    scores = FullReferenceScores(["gmsd"]).fit_transform(PatchSequence(grids)).ravel()
    assert (scores[:2] > 0.01).all() and (scores[2:] == 0).all()


def test_equal_pairs_have_a_finite_psnr(rng):
    image = rng.random((1, 8, 8))
    pairs = pair_images(image, image)
    assert FullReferenceScores(["psnr"]).fit_transform(pairs) == [[100]]


def test_a_row_of_a_table_is_a_pair_of_its_halves(rng):
    X = rng.random((4, 6))
    scores = FullReferenceScores(["psnr"]).fit(X).transform(X)
    expected = [psnr(row[np.newaxis, 3:], row[np.newaxis, :3]) for row in X]
    np.testing.assert_allclose(scores[:, 0], expected)


@pytest.mark.parametrize(
    ("X", "scores", "message"),
    [
        (
            np.zeros((2, 64, 64, 3)),
            ["gmsd"],
            r"of 3 channel\(s\); FullReferenceScores takes pairs",
        ),
        (np.zeros((2, 64, 64)), ["gmsd"], r"of 1 channel\(s\).*pair_images"),
        (np.zeros((2, 64, 64, 2)), ["vsi"], r"scores holds 'vsi', for RGB .* have 1 channel\(s\)"),
        (np.zeros((2, 64, 64, 6)), ["lpips"], r"must name one or more of psnr, .*'lpips'"),
        (np.zeros((2, 64, 64, 6)), ["gmsd", "gmsd"], "each once"),
        (np.zeros((2, 64, 64, 6)), [], "one or more"),
    ],
)
def test_what_holds_no_pairs_or_no_scores_is_refused_by_name(X, scores, message):
    with pytest.raises(ValueError, match=message):
        FullReferenceScores(scores).fit(X)


def test_pairs_at_fault_are_named(files, rng):
    images, references, *_ = files
    swapped = pair_images(images, references[::-1])
    with pytest.raises(ValueError, match=r"image0_1\.png.* has shape .*reference2\.png"):
        FullReferenceScores().fit_transform(swapped)
    small = [rng.random((48, 48)), rng.random((48, 40))]
    with pytest.raises(ValueError, match=r"^X\[1\]: reference and image of 48 x 40 .* too small"):
        FullReferenceScores(["vif"]).fit_transform(pair_images(small, small))
    with pytest.raises(ValueError, match=r"^X\[1\]: .* so large that results overflow"):
        huge = np.stack([small[0], 1e200 * small[0]])
        FullReferenceScores(["gmsd"]).fit_transform(pair_images(huge, huge))


def test_images_are_converted_before_they_are_paired(files):
    images, references, *_ = files
    pairs = pair_images(*(ColorConverter("gray").fit_transform(p) for p in (images, references)))
    assert FullReferenceScores(["gmsd"]).fit(pairs).n_features_in_ == 2
