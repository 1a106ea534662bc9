"""A table of predictions for the images in a folder, one image in memory at a time."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from sklearn.base import is_classifier
from tqdm.auto import tqdm

from sk_hyperimage.cli._models import load_predictor, scale_of, scored_by
from sk_hyperimage.datasets.loaders._image_folder import image_paths
from sk_hyperimage.inspection._patch_models import has_maps
from sk_hyperimage.utils._sklearn import check_matplotlib_support


def predict_folder(
    model_file: str,
    folder: str,
    *,
    output: str | None,
    maps: str | None,
    threshold: float | None,
    any_version: bool,
) -> int:
    """Write a row for every image in a folder.

    Parameters
    ----------
    model_file, folder : str
    output : str or None
        File of the table; None for standard output.
    maps : str or None
        Folder for maps.
    threshold : float or None
        Score from which a column calls images accepted, in the direction that the model keeps.
    any_version : bool
        Whether to use a model that other versions saved.

    Returns
    -------
    n_problems : int
        Rows that give a problem.

    Raises
    ------
    ValueError, OSError, ImportError
        If the folder, the model, or what is asked of it cannot serve; nothing is written then.
    """
    paths = image_paths(Path(folder))
    if maps is not None:
        _check_maps(maps, folder)
    model = load_predictor(model_file, any_version=any_version)
    answers = _Answers(model, model_file, threshold)
    if maps is not None and not has_maps(scored_by(model)):
        raise ValueError(
            f"--maps: the model in {model_file!r} predicts no patches and has no maps"
        )
    n_problems = 0
    with _opened(output) as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["file", *answers.columns, "problem"])
        # Without a terminal there is no bar.
        for name, path in tqdm(paths.items(), "Images", unit="image", disable=None, leave=False):
            cells, problem = tried(path, answers.of, path)
            if maps is not None and not problem:
                _, reason = tried(path, _write_map, model, path, Path(maps, f"{name}.png"))
                problem = reason and f"no map: {reason}"
            n_problems += bool(problem)
            table.writerow([name, *(cells or [""] * len(answers.columns)), problem])
            file.flush()  # whoever ends the command early keeps what is done
    if n_problems:
        where = "" if output is None else f" of {output!r}"
        print(
            f"sk_hyperimage: {n_problems} of {len(paths)} images have a problem, see the last "
            f"column{where}",
            file=sys.stderr,
        )
    return n_problems


class _Answers:
    """What a model says of an image, as cells of a table."""

    def __init__(self, model: Any, model_file: str, threshold: float | None):
        self.model = model
        self.threshold = threshold
        self.higher_is_better = None
        self.has_probabilities = is_classifier(model) and hasattr(model, "predict_proba")
        if not is_classifier(model):
            self.columns = ["score"]
        elif self.has_probabilities:
            self.columns = ["label", *(f"probability_{label}" for label in model.classes_)]
        else:
            self.columns = ["label"]
        if threshold is not None:
            if is_classifier(model):
                raise ValueError(
                    f"--threshold cuts scores, but the model in {model_file!r} predicts labels"
                )
            scale = scale_of(model)
            if scale is None or scale.higher_is_better is None:
                raise ValueError(
                    f"--threshold: the model in {model_file!r} does not keep the direction of its "
                    f"scores; fit a regressor of this package with higher_is_better, or save an "
                    f"AcceptanceClassifier"
                )
            self.higher_is_better = scale.higher_is_better
            self.columns.append("accepted")

    def of(self, path: str) -> list[Any]:
        """The cells of one image."""
        (answer,) = self.model.predict([path])
        if not is_classifier(self.model):
            score = float(answer)
            if self.threshold is None:
                return [score]
            good = score >= self.threshold if self.higher_is_better else score <= self.threshold
            return [score, good]
        probabilities = self.model.predict_proba([path])[0] if self.has_probabilities else []
        return [answer, *map(float, probabilities)]


def tried(path: str, function: Callable, *arguments: Any) -> tuple[Any, str]:
    """What a function returns, and why it failed, if it did: one image must not stop others."""
    try:
        return function(*arguments), ""
    except Exception as error:
        said = str(error) or type(error).__name__
        return None, " ".join(said.removeprefix(f"X[0] ({path!r}): ").split())


@contextmanager
def _opened(output: str | None) -> Iterator[TextIO]:
    """The file of the table; names of files that are no text are escaped."""
    if output is None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        yield sys.stdout
    else:
        with open(output, "w", newline="", encoding="utf-8", errors="backslashreplace") as file:
            yield file


def _check_maps(maps: str, folder: str) -> None:
    check_matplotlib_support("--maps")
    if Path(maps).resolve().is_relative_to(Path(folder).resolve()):
        raise ValueError(f"--maps: {maps!r} lies in {folder!r}, whose images would include maps")


def _write_map(model: Any, path: str, target: Path) -> None:
    """Draw the map of an image over it, in colors that mean the same for all images."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    from sk_hyperimage.inspection import PatchMapDisplay

    patch_model = scored_by(model)
    limits: tuple = (0, 1)  # of probabilities
    if not is_classifier(patch_model):
        limits = getattr(scale_of(patch_model), "score_range_", (None, None))
    figure, ax = plt.subplots(layout="constrained")
    try:
        PatchMapDisplay.from_estimator(
            patch_model, path, ax=ax, imshow_kwargs={"vmin": limits[0], "vmax": limits[1]}
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(target)
    finally:
        plt.close(figure)
