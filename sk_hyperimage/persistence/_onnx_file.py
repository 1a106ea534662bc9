"""A fitted model as one ONNX file, which other runtimes compute without this package."""

from __future__ import annotations

import io
import json
import os
import warnings
from typing import Any

import numpy as np
import torch
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from sk_hyperimage._typing import Estimator, Floats, ImagesLike
from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.images import ImageCollection
from sk_hyperimage.persistence._objects import networks_in, objects_in
from sk_hyperimage.persistence._onnx_steps import Flow, module_of
from sk_hyperimage.utils._atomic import write_atomically
from sk_hyperimage.utils._names import versions
from sk_hyperimage.utils._validation import check_pair

# Version of the operators: the newest that the exporter of all supported versions of torch writes.
OPSET = 17
# Largest difference from `predict` that a file may have, relative to the largest prediction.
TOLERANCE = 1e-5


def save_onnx(
    model: Estimator,
    path: str | os.PathLike,
    image_shape: int | tuple[int, int] | None = None,
    *,
    X: ImagesLike | None = None,
) -> None:
    """Save a fitted model as one ONNX file that gives the numbers of its `predict`.

    The file holds normalization, patches, both stages, and what makes scores or probabilities of
    their outputs. It is run by ONNX Runtime or another runtime, without this package and torch.
    Before it is written, it is run and compared with the model, best on images of yours.

    Parameters
    ----------
    model : estimator
        A fitted ``HyperImageRegressor`` or ``HyperImageClassifier``, with their default stages or
        with networks, or a Pipeline or search of such steps. Any other step is refused by name.
    path : str or path-like
        An existing file is replaced once the new one is complete.
    image_shape : int or tuple of int, default=None
        Rows and columns of the images that the file takes; there is a file for each size. None:
        those of X, or of the largest image of `fit`.
    X : array-like of shape (n_images, n_rows, n_cols[, n_channels]) or sequence of images \
or file paths, default=None
        Some images of this size, on which the file is compared with the model. None: random
        pixels, which reveal less of a model that answers all of them alike.

    Raises
    ------
    ImportError
        If onnx or onnxruntime is not installed.
    TypeError
        If the model holds something that cannot be exported; the message names it.
    ValueError
        If images of `image_shape` are scaled down or too small for the model; if networks were
        fitted on float64 images; if the predictions of the file differ from those of the model by
        more than 1e-5 of the largest; if images of X are of another shape.

    See Also
    --------
    save_model : A file for Python, with the whole estimator.

    Notes
    -----
    The input ``images`` is float32 of shape (n_images, n_rows, n_cols, n_channels), in [0, 1]
    where the model was fitted on integers: divide 8-bit pixels by 255. The output is float64:
    ``scores`` of shape (n_images,), or ``probabilities`` of shape (n_images, n_classes). The
    metadata of the file say the ``classes`` in their order, and versions, in JSON.

    Unlike `predict`, the file does not refuse images of infinite or NaN pixels.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> import onnxruntime
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> from sk_hyperimage.persistence import save_onnx
    >>> images = np.random.default_rng(0).random((40, 8, 8), dtype=np.float32)
    >>> model = CNNRegressor("C(4) MP(8) FC(8) FC(1,linear)", max_epochs=3, random_state=0)
    >>> model = model.fit(images, images.mean(axis=(1, 2)))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "brightness.onnx")
    ...     save_onnx(model, path)
    ...     session = onnxruntime.InferenceSession(path)
    >>> (scores,) = session.run(["scores"], {"images": images[..., np.newaxis]})
    >>> bool(np.allclose(scores, model.predict(images), rtol=1e-5))
    True
    """
    try:
        import onnx
        import onnxruntime  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "save_onnx needs onnx and onnxruntime: pip install 'sk-hyperimage[onnx]'"
        ) from error
    if isinstance(model, type) or not hasattr(model, "get_params"):
        raise TypeError(f"model must be an estimator, got {model!r}")
    check_is_fitted(model)
    fitted: Any = model
    images = None if X is None else np.asarray(ImageCollection(list(X)))  # type: ignore
    if image_shape is not None:
        rows, cols = check_pair(image_shape, "image_shape")
    else:
        rows, cols = _largest(model) if images is None else images.shape[1:3]
    shape = rows, cols, int(fitted.n_features_in_)
    if images is None:
        images = _random_images(shape)
    elif images.shape[1:] != shape:
        raise ValueError(f"images of X have shape {images.shape[1:]}, but the file takes {shape}")
    labels = fitted.classes_.tolist() if is_classifier(model) else None
    module, _ = module_of(model, Flow(shape))
    output = "scores" if labels is None else "probabilities"
    try:
        traced = _traced(module, shape, output)
    except Exception as error:  # a network of one's own may hold any operation
        raise TypeError(f"this {type(model).__name__} cannot be exported: {error}") from error
    graph = onnx.load_model_from_string(traced)
    told: dict[str, Any] = {"versions": versions()} | ({"classes": labels} if labels else {})
    onnx.helper.set_model_props(graph, {key: json.dumps(value) for key, value in told.items()})
    content = graph.SerializeToString()
    _check(content, fitted, images.astype(np.float32))
    write_atomically(path, lambda file: file.write(content))


def _largest(model: Estimator) -> tuple[int, int]:
    """Rows and columns of the largest image of fit."""
    for item in objects_in(model):
        if isinstance(item, PatchExtractor) and hasattr(item, "grid_"):
            return item.grid_.max_shape
    for network in networks_in(model):
        if hasattr(network, "input_shape_"):
            rows, cols, _ = network.input_shape_
            return rows, cols
    raise ValueError("image_shape must be given: the model does not tell the size of images")


def _traced(module: torch.nn.Module, shape: tuple[int, ...], name: str) -> bytes:
    """A graph that takes any number of images of a shape."""
    file = io.BytesIO()
    with warnings.catch_warnings(), torch.no_grad():
        # The sizes that tracing fixes are those of the images, which are meant to be.
        warnings.simplefilter("ignore")
        # torch's newer exporter takes a minute for such graphs, and this one a second or two.
        torch.onnx.export(
            module.eval(),
            (torch.rand(2, *shape),),
            file,  # type: ignore[arg-type]
            dynamo=False,
            opset_version=OPSET,
            input_names=["images"],
            output_names=[name],
            dynamic_axes={"images": {0: "n_images"}, name: {0: "n_images"}},
        )
    return file.getvalue()


def _random_images(shape: tuple[int, ...]) -> Floats:
    """Three images of different contrasts."""
    contrasts = np.array([1, 0.3, 0.1], dtype=np.float32).reshape(3, 1, 1, 1)
    return contrasts * np.random.default_rng(0).random((3, *shape), dtype=np.float32)


def _check(content: bytes, model: Any, images: Floats) -> None:
    """Raise ValueError unless a file predicts of images what the model does."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"images": images})
    expected: Floats = (model.predict_proba if is_classifier(model) else model.predict)(images)
    difference = np.abs(found - expected).max() / np.abs(expected).max()
    if not difference <= TOLERANCE:
        raise ValueError(
            f"the exported model differs from its predictions by {difference:.2g} of the largest, "
            f"which is more than {TOLERANCE:g}; no file was written"
        )
