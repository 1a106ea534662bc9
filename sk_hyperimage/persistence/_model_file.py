"""One file for one model: a header, the structure without weights, and the weights."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import sk_hyperimage
from sk_hyperimage._typing import Estimator
from sk_hyperimage.persistence._archive import read_archive, write_archive
from sk_hyperimage.persistence._devices import is_present, place
from sk_hyperimage.persistence._portable import check_layers, make_portable, make_whole
from sk_hyperimage.persistence._structure import read_structure, untrusted_types, write_structure
from sk_hyperimage.persistence._trusted import Trusted, trusted_names
from sk_hyperimage.persistence._weights import Tensors, put_back_weights, without_weights
from sk_hyperimage.utils._atomic import write_atomically
from sk_hyperimage.utils._names import versions

FORMAT_VERSION = 2
HEADER, STRUCTURE, WEIGHTS = "header.json", "structure.skops", "weights.safetensors"

# With other versions of these, the same state may have another meaning.
DECISIVE_PACKAGES = ("sk-hyperimage", "scikit-learn")


def save_model(model: Estimator, path: str | os.PathLike, *, trusted: Trusted = ()) -> None:
    """Save an estimator, fitted or not, in a file that contains data and no code.

    Parameters
    ----------
    model : estimator
        An estimator of this package or of scikit-learn, a Pipeline or another composition of them.
    path : str or path-like
        An existing file is replaced once the new one is complete: if anything fails before, it is
        not changed.
    trusted : sequence of type or str, default=()
        Types and functions in the model, or their full names, that are from neither package.
        `load_model` needs them as well.

    Raises
    ------
    ImportError
        If skops or safetensors is not installed.
    TypeError
        If the model could not be loaded again: if `layers` is a module, a class or a function,
        or if the model holds something else that is neither data nor trusted. The message names
        it, and no file is changed.

    See Also
    --------
    load_model : Loads the file.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from sk_hyperimage.neural_network import CNNRegressor
    >>> from sk_hyperimage.persistence import load_model, save_model
    >>> images = np.random.default_rng(0).random((40, 8, 8), dtype=np.float32)
    >>> model = CNNRegressor("C(4) MP(8) FC(8) FC(1,linear)", max_epochs=3, random_state=0)
    >>> model = model.fit(images, images.mean(axis=(1, 2)))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "brightness.model")
    ...     save_model(model, path)
    ...     loaded = load_model(path)
    >>> bool((loaded.predict(images) == model.predict(images)).all())
    True
    """
    _check_installed()
    from safetensors.numpy import save

    if isinstance(model, type) or not hasattr(model, "get_params"):
        raise TypeError(f"model must be an estimator, got {model!r}")
    names = trusted_names(trusted)
    check_layers(model)
    try:
        copy, tensors = without_weights(model)
        make_portable(copy)
        structure = write_structure(copy)
        refused = untrusted_types(structure, names)
        if not refused:
            _assemble(structure, tensors, names)
    except Exception as error:  # objects that cannot be written fail in many ways
        raise TypeError(f"this {type(model).__name__} cannot be saved: {error}") from error
    if refused:
        raise TypeError(
            f"this {type(model).__name__} holds {', '.join(refused)}, which load_model does not "
            f"trust; leave it out, or name it in `trusted` here and when loading"
        )
    header = {"format_version": FORMAT_VERSION, "versions": _versions()}
    members = {
        HEADER: json.dumps(header, indent=1).encode(),
        STRUCTURE: structure,
        WEIGHTS: save({name: np.asarray(a, order="C") for name, a in tensors.items()}),
    }
    write_atomically(path, lambda file: write_archive(file, members))


def load_model(
    path: str | os.PathLike, *, device: str | None = None, trusted: Trusted = ()
) -> Any:
    """Load an estimator from a file that `save_model` wrote.

    A file contains no code, so none is run. It contains names of types, and is refused unless all
    of them are types of this package and of scikit-learn that are known to be harmless.

    Parameters
    ----------
    path : str or path-like
        The file.
    device : str, default=None
        New value of the parameter `device` of all networks, such as "cpu" or "cuda". None keeps
        the saved value, or sets "auto" if this machine lacks that device.
    trusted : sequence of type or str, default=()
        Further types and functions that the file may name. The writer of the file determines the
        data with which they are made or called, so give only harmless ones, or trust the writer.

    Returns
    -------
    model : estimator
        With the same machine and versions, its predictions are the same to the last bit.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ImportError
        If skops or safetensors is not installed.
    ValueError
        If the file is damaged, was not written by `save_model`, or by a later version of it; if
        it names a type or a function that is not trusted; if weights do not fit the architecture;
        the message names the file. Also if this machine lacks `device`.

    Warns
    -----
    UserWarning
        If the file was written with another version of this package or of scikit-learn, or for a
        device that this machine lacks.

    See Also
    --------
    save_model : Writes the file.
    """
    _check_installed()
    from safetensors.numpy import load

    names = trusted_names(trusted)
    if device is not None and not is_present(device):
        raise ValueError(f"device={device!r} is not on this machine")
    name = os.fspath(path)
    members, written_with = _members(path)
    changes = changes_of_versions(written_with)
    if changes:
        warnings.warn(
            f"the file {name!r} {changes}: the model may predict other values or fail. Use the "
            f"versions of then, or fit it again",
            stacklevel=2,
        )
    with _naming(name):
        if set(members) != {HEADER, STRUCTURE, WEIGHTS}:
            raise ValueError(f"its members are {sorted(members)}")
        refused = untrusted_types(members[STRUCTURE], names)
    if refused:
        raise ValueError(
            f"the file {name!r} names {', '.join(refused)}, which load_model does not trust. If "
            f"you know what that does and who wrote the file, give these names as `trusted`"
        )
    with _naming(name):
        model = _assemble(members[STRUCTURE], load(members[WEIGHTS]), names)
        place(model, device)
    return model


def _assemble(structure: bytes, tensors: Tensors, trusted: list[str]) -> Any:
    """Make a model from its structure and its weights."""
    model = read_structure(structure, trusted)
    make_whole(model)
    put_back_weights(model, tensors)
    return model


def saved_versions(path: str | os.PathLike) -> dict[str, str]:
    """Versions of packages that a model file was written with; errors as of `load_model`."""
    return _members(path)[1]


def _members(path: str | os.PathLike) -> tuple[dict[str, bytes], dict[str, str]]:
    """The members of a model file of our format, and the versions in its header."""
    content = Path(path).read_bytes()
    name = os.fspath(path)
    if not content.startswith(b"PK"):
        raise ValueError(
            f"the file {name!r} was not written by save_model. Pickles and joblib dumps are "
            f"refused, because loading one can run any code"
        )
    with _naming(name):
        members = read_archive(content)
        header = json.loads(members[HEADER])
        written_in, written_with = header["format_version"], dict(header["versions"])
    if written_in != FORMAT_VERSION:
        raise ValueError(
            f"the file {name!r} is of format {written_in}, written by sk-hyperimage "
            f"{written_with.get('sk-hyperimage')}; sk-hyperimage {sk_hyperimage.__version__} "
            f"reads format {FORMAT_VERSION}. Load it with the version that wrote it, or fit the "
            f"model again"
        )
    return members, written_with


def _versions() -> dict[str, str]:
    return versions() | {"sk-hyperimage": sk_hyperimage.__version__}


def changes_of_versions(there: dict[str, str]) -> str:
    """What has changed of the versions that decide what a file means; empty if nothing has."""
    here = _versions()
    changed = [package for package in DECISIVE_PACKAGES if there.get(package) != here[package]]
    was, now = (
        " and ".join(f"{package} {known.get(package)}" for package in changed)
        for known in (there, here)
    )
    return f"was saved with {was}, and this is {now}" if changed else ""


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Raise any error with a file as a ValueError that names the file."""
    try:
        yield
    except Warning:  # raised where the user turns warnings into errors
        raise
    except Exception as error:
        raise ValueError(
            f"the file {name!r} is damaged, or was not written by save_model: {error}"
        ) from error


def _check_installed() -> None:
    try:
        import safetensors  # noqa: F401
        import skops  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "save_model and load_model need skops and safetensors: "
            "pip install 'sk-hyperimage[persistence]'"
        ) from error
