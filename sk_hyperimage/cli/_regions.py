"""The damaged regions of the images in a folder, as a table or as COCO's JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from tqdm.auto import tqdm

from sk_hyperimage._typing import Floats
from sk_hyperimage.cli._models import load_predictor, scale_of, scored_by
from sk_hyperimage.cli._predict import tried
from sk_hyperimage.datasets.loaders._image_folder import image_paths
from sk_hyperimage.images import regions_from_map
from sk_hyperimage.images._reading import shape_of
from sk_hyperimage.inspection import patch_maps
from sk_hyperimage.inspection._patch_models import has_maps
from sk_hyperimage.persistence import save_regions
from sk_hyperimage.utils._boxes import N_FOUND, is_box, pad_boxes


def list_regions(
    model_file: str,
    folder: str,
    *,
    output: str,
    threshold: float | None,
    min_area: int,
    any_version: bool,
) -> int:
    """Write the regions of every image in a folder.

    Parameters
    ----------
    model_file, folder, any_version
        As in ``predict_folder``.
    output : str
        A file .csv or .json.
    threshold : float or None
        From which score of a box on, None: 0; or beyond which value of a map, None: 0.5.
    min_area : int
        Least pixels of a region, of its box where the model predicts boxes.

    Returns
    -------
    n_problems : int
        Images that could not be read or predicted; each is named on standard error.

    Raises
    ------
    ValueError, OSError
        If the folder, the model, or what is asked of it cannot serve.
    """
    if Path(output).suffix.lower() not in (".csv", ".json"):
        raise ValueError(f"--output: regions are written to files .csv or .json, got {output!r}")
    paths = image_paths(Path(folder))
    model = load_predictor(model_file, any_version=any_version)
    find, names = _finder(model, model_file, threshold, min_area)
    found: list[Floats] = []
    shapes, done, problems = [], [], 0
    for name, path in tqdm(paths.items(), "Images", unit="image", disable=None, leave=False):
        boxes, problem = tried(path, find, path)
        if problem:
            problems += 1
            print(f"sk_hyperimage: {name}: {problem}", file=sys.stderr)
        else:
            found.append(boxes)
            shapes.append(shape_of(path)[:2])
            done.append(name)
    save_regions(
        output, done, pad_boxes(found, N_FOUND), shapes=np.reshape(shapes, (-1, 2)),
        target_names=names,
    )  # fmt: skip
    return problems


def _finder(
    model: Any, model_file: str, threshold: float | None, min_area: int
) -> tuple[Callable[[str], Floats], list[str] | None]:
    """What finds the regions of an image, (n_regions, 6), and names of their labels."""
    patch_model = scored_by(model)
    if not has_maps(patch_model):
        return (lambda path: _detected(model, path, threshold or 0.0, min_area)), None
    if is_classifier(patch_model):
        names, sign = [str(patch_model.classes_[-1])], 1
    else:
        scale = scale_of(patch_model)
        known = None if scale is None else scale.higher_is_better
        if threshold is None or known is None:
            raise ValueError(
                f"the model in {model_file!r} predicts scores: give --threshold, and fit it with "
                f"higher_is_better, so that it is known what is damage"
            )
        names, sign = ["damage"], -1 if known else 1
    limit = sign * (0.5 if threshold is None else threshold)

    def in_map(path: str) -> Floats:
        (map_,) = patch_maps(patch_model, [path])
        regions = regions_from_map(sign * map_, threshold=limit, min_area=min_area)
        return np.column_stack([*regions.values()][:N_FOUND])

    return in_map, names


def _detected(model: Any, path: str, threshold: float, min_area: int) -> Floats:
    boxes = np.asarray(model.predict([path]))
    if boxes.ndim != 3 or boxes.shape[2] != N_FOUND:
        raise ValueError("the model predicts neither boxes nor patches")
    boxes = boxes[0][is_box(boxes[0])]
    areas = (boxes[:, 2:4] - boxes[:, :2]).prod(axis=1)
    return boxes[(boxes[:, 5] >= threshold) & (areas >= min_area)]
