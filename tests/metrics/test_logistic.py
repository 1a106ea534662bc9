import warnings

import numpy as np
import pytest

from sk_hyperimage.metrics import (
    LogisticFitWarning,
    plcc_logistic4_score,
    plcc_logistic5_score,
    plcc_score,
)

FITTED = [plcc_logistic4_score, plcc_logistic5_score]


@pytest.fixture
def saturating():
    """Subjective scores that saturate where predictions go on, with a little noise."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, 200)
    return 40 + 30 / (1 + np.exp(-2.5 * x)) + rng.normal(scale=0.5, size=200), x


@pytest.mark.parametrize("score", FITTED)
def test_mapping_recovers_what_saturation_costs(score, saturating):
    y, x = saturating
    assert plcc_score(y, x) < 0.97
    assert score(y, x) > 0.998


@pytest.mark.parametrize("score", FITTED)
@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0), (1e6, -3e5), (1, 0)])
def test_scale_of_the_predictions_does_not_matter(score, scale, shift, saturating):
    y, x = saturating
    assert score(y, scale * x + shift) == pytest.approx(score(y, x), abs=1e-4)


@pytest.mark.parametrize("score", FITTED)
def test_a_predictor_of_the_wrong_direction_stays_negative(score, saturating):
    y, x = saturating
    assert score(y, -x) < -0.99


@pytest.mark.parametrize("score", FITTED)
def test_calibration_on_other_scores_uses_their_mapping(score, saturating):
    y, x = saturating
    first, second = np.arange(200) < 100, np.arange(200) >= 100
    calibrated = score(y[second], x[second], calibration=(y[first], x[first]))
    assert plcc_score(y[second], x[second]) < calibrated <= score(y[second], x[second]) + 1e-3


@pytest.mark.parametrize("score", FITTED)
def test_failure_falls_back_to_the_raw_plcc_and_says_so(score):
    # Fewer points than parameters cannot be fitted.
    y, x = [1.0, 2.0, 4.0], [1.0, 2.0, 3.0]
    with pytest.warns(LogisticFitWarning, match="raw PLCC"):
        assert score(y, x) == plcc_score(y, x)


@pytest.mark.parametrize("score", FITTED)
def test_constant_calibration_falls_back(score, saturating):
    y, x = saturating
    with pytest.warns(LogisticFitWarning, match="constant"):
        assert score(y, x, calibration=(y, np.ones_like(x))) == plcc_score(y, x)


@pytest.mark.parametrize("score", FITTED)
def test_fit_hardly_ever_fails_on_noisy_scores(score):
    failures = 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=60) * 10 ** rng.uniform(-3, 3)
        y = 100 / (1 + np.exp(-x / x.std())) + rng.normal(scale=10, size=60)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            score(y, x)
        failures += any(issubclass(w.category, LogisticFitWarning) for w in caught)
    assert failures <= 1
