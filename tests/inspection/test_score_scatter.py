"""ScoreScatterDisplay: the points, the curve and the numbers."""

import numpy as np
import pytest
from scipy.special import expit

from sk_hyperimage.inspection import ScoreScatterDisplay
from sk_hyperimage.metrics import plcc_score, srocc_score


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    y_pred = rng.uniform(-4, 4, 60)
    return 20 + 50 * expit(1.5 * y_pred) + rng.normal(scale=0.5, size=60), y_pred


def test_points_are_predicted_against_subjective_scores(plt, scores):
    y_true, y_pred = scores
    display = ScoreScatterDisplay.from_predictions(y_true, y_pred)
    np.testing.assert_array_equal(
        display.scatter_.get_offsets(), np.column_stack([y_pred, y_true])
    )
    assert display.ax_.get_xlabel() == "predicted score"
    assert display.ax_.get_ylabel() == "subjective score"
    assert display.figure_ is display.ax_.figure


def test_the_legend_says_srocc_and_plcc_as_the_metrics_do(plt, scores):
    display = ScoreScatterDisplay.from_predictions(*scores)
    title = f"SROCC {srocc_score(*scores):.3f}, PLCC {plcc_score(*scores):.3f}"
    assert display.legend_.get_title().get_text() == title


def test_the_curve_is_the_logistic_mapping_of_the_predictions(plt, scores):
    display = ScoreScatterDisplay.from_predictions(*scores)
    x, curve = display.line_.get_data()
    assert (x[0], x[-1]) == (scores[1].min(), scores[1].max())
    np.testing.assert_allclose(curve, 20 + 50 * expit(1.5 * x), atol=1)


@pytest.mark.parametrize("y_pred", [[1.0, 2, 4], [3.0, 3, 3]], ids=["few scores", "constant"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_where_the_mapping_cannot_be_fitted_there_is_no_curve(plt, y_pred):
    display = ScoreScatterDisplay.from_predictions([1.0, 2, 3], y_pred)
    assert display.line_ is None
    assert len(display.ax_.lines) == 0


def test_kinds_have_colours_and_names(plt, scores):
    kinds = np.array(["noise", "blur", "jpeg"])[np.arange(60) % 3]
    display = ScoreScatterDisplay.from_predictions(*scores, labels=kinds)
    texts = [text.get_text() for text in display.legend_.get_texts()]
    assert texts == ["blur", "jpeg", "noise", "logistic curve"]
    colours = display.scatter_.to_rgba(display.scatter_.get_array())[:, :3]
    handles = display.legend_.legend_handles
    for kind, handle in zip(texts[:3], handles, strict=False):
        of_kind = np.unique(colours[kinds == kind], axis=0)
        np.testing.assert_allclose(of_kind, [matplotlib_colour(handle)])


def matplotlib_colour(handle):
    from matplotlib.colors import to_rgb

    return to_rgb(handle.get_color())


@pytest.mark.parametrize("n_kinds", [1, 2, 10, 15, 24])
def test_any_number_of_kinds_is_told_apart(plt, scores, n_kinds):
    display = ScoreScatterDisplay.from_predictions(*scores, labels=np.arange(60) % n_kinds)
    colours = display.scatter_.to_rgba(display.scatter_.get_array())
    assert len(np.unique(colours, axis=0)) == n_kinds
    assert len(display.legend_.get_texts()) == n_kinds + 1


def test_from_estimator_predicts(plt, model, images, y):
    display = ScoreScatterDisplay.from_estimator(model, images, y)
    np.testing.assert_array_equal(display.scatter_.get_offsets()[:, 0], model.predict(images))


def test_styles_and_axes_are_the_users(plt, scores):
    _, ax = plt.subplots()
    display = ScoreScatterDisplay(*scores).plot(
        ax, scatter_kwargs={"c": "red"}, line_kwargs={"lw": 4, "c": "green"}
    )
    assert display.ax_ is ax
    assert display.scatter_.get_facecolors()[0, :3].tolist() == [1, 0, 0]
    assert (display.line_.get_linewidth(), display.line_.get_color()) == (4, "green")


def test_scores_and_kinds_of_different_lengths_are_refused(plt, scores):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ScoreScatterDisplay.from_predictions(scores[0], scores[1][:-1])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ScoreScatterDisplay.from_predictions(*scores, labels=["blur"] * 59)
