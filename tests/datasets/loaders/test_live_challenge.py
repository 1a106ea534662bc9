import numpy as np
import pytest
from scipy.io import savemat

from sk_hyperimage.datasets import load_live_challenge


def test_training_images_are_left_out(live_challenge):
    data = load_live_challenge(live_challenge)
    folder = live_challenge / "Images"
    assert data.images.tolist() == [str(folder / n) for n in ("100.bmp", "101.JPG", "3.bmp")]
    assert data.target.tolist() == [32.5, 66, 44]
    assert data.groups.tolist() == [0, 1, 2]
    assert data.references is None and data.kind is None and data.level is None
    assert data.score_range == (0, 100) and data.higher_is_better


def test_training_images_come_on_request_wherever_they_stand(live_challenge):
    data = load_live_challenge(live_challenge, include_training=True)
    folder = live_challenge / "Images"
    assert data.images[0] == str(folder / "trainingImages" / "t1.bmp")
    assert data.target.tolist() == [60, 25, 32.5, 66, 44]
    for path in (folder / "trainingImages").iterdir():
        path.rename(folder / path.name)
    data = load_live_challenge(live_challenge, include_training=True)
    assert data.images[0] == str(folder / "t1.bmp")
    assert len(load_live_challenge(live_challenge).images) == 3


def test_scores_of_another_number_of_images_are_told(live_challenge):
    path = live_challenge / "Data" / "AllMOS_release.mat"
    savemat(path, {"AllMOS_release": np.ones((1, 4))})
    with pytest.raises(ValueError, match="AllImages_release.mat has 5, AllMOS_release.mat has 4"):
        load_live_challenge(live_challenge)
