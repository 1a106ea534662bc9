"""The classical methods of the papers, with their kernels and scaling."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.base import clone

from sk_hyperimage.datasets import load_sample_photos, make_damage_kinds
from sk_hyperimage.ensemble import classical_model
from sk_hyperimage.ensemble._classical import METHODS

QUICK = {"CORNIA": {"features__n_words": 40}, "HOSA": {"features__n_words": 10}}


@pytest.fixture(scope="module")
def damaged():
    photos = load_sample_photos(crop_size=64).images[:10]
    return make_damage_kinds(photos, kinds=["additive noise"], n_levels=3, random_state=0)


@pytest.mark.parametrize("name", ["BRISQUE", "CORNIA", "GM-LOG", "HOSA"])
def test_methods_learn_what_is_worse(name, damaged):
    model = classical_model(name, random_state=0).set_params(**QUICK.get(name, {}))
    if name in QUICK:
        model.set_params(features__n_codebook_patches=2000)
    tested = np.isin(damaged.groups, np.unique(damaged.groups)[:3])
    model.fit(damaged.images[~tested], damaged.target[~tested])
    predicted = model.predict(damaged.images[tested])
    assert spearmanr(predicted, damaged.target[tested])[0] > 0.5


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_its_steps_and_can_be_cloned(name):
    model = clone(classical_model(name, random_state=0))
    assert list(model.named_steps) == ["features", "scale", "regress"]
    assert model.get_params().get("features__random_state", 0) == 0


def test_unknown_methods_are_refused():
    with pytest.raises(ValueError, match="'name' parameter .*DIIVINE.*'VIF'"):
        classical_model("VIF")
