"""Weights of published networks from files, checked name by name."""

from __future__ import annotations

import os

import torch

from sk_hyperimage.neural_network._weights import read_weights
from sk_hyperimage.neural_network.trunks._published import NETWORKS
from sk_hyperimage.neural_network.trunks._trunk import Trunk

# Counts of batches, which older files lack and nothing here reads.
UNUSED = "num_batches_tracked"
# Names that a message shows.
SHOWN = 3


def read_trunk(network: str, layer: str, path: str | os.PathLike) -> dict[str, torch.Tensor]:
    """Weights of a network up to a layer.

    Parameters
    ----------
    network : str
    layer : str
        Later layers may be missing in the file. The last layer may have another number of
        outputs, unless it is this one.
    path : str or path-like
        Of a network with an `origin` the file holds its own weights or those of the origin.

    Returns
    -------
    weights : dict of str to tensor
        Of these layers only, by torchvision's names.

    Raises
    ------
    ValueError
        If the file cannot be read, or is not one of the network's: if weights are missing,
        unknown, of another shape or not finite.
    """
    saved = read_weights(path)
    origin, converted = NETWORKS[network].origin, NETWORKS[network].converted
    if origin is not None and not _fits(network, saved):
        return converted(read_trunk(origin, layer, path))  # type: ignore[misc]
    trunk = outline(network)
    needed = [name for name in trunk.weight_names(layer) if not name.endswith(UNUSED)]
    faults = _faults(network, trunk, needed, saved)
    if faults:
        hint = "".join(f"; {name} has them" for name in NETWORKS if _fits(name, saved))
        raise ValueError(
            f"the weights in the file {os.fspath(path)!r} are not those of {network}: "
            f"{'; '.join(faults)}{hint}"
        )
    for name in needed:
        if not saved[name].isfinite().all():
            raise ValueError(
                f"the weights in the file {os.fspath(path)!r} are not all finite at {name!r}"
            )
    return {name: saved[name] for name in needed}


def outline(network: str) -> Trunk:
    """A network without memory for its weights."""
    with torch.device("meta"):
        return NETWORKS[network].trunk()


def _fits(network: str, saved: dict[str, torch.Tensor]) -> bool:
    """Whether tensors are the weights of a network, but perhaps for the last layer."""
    trunk = outline(network)
    needed = [name for name in trunk.weight_names(trunk.names()[-2]) if not name.endswith(UNUSED)]
    return not _faults(network, trunk, needed, saved)


def _faults(
    network: str, trunk: Trunk, needed: list[str], saved: dict[str, torch.Tensor]
) -> list[str]:
    """What keeps tensors from being weights of a network; nothing if they are."""
    expected = trunk.state_dict()
    of_last = set(expected) - set(trunk.weight_names(trunk.names()[-2])) - set(needed)
    faults = []
    missing = [name for name in needed if not isinstance(saved.get(name), torch.Tensor)]
    if missing:
        faults.append(f"there is no tensor {_some(missing)}")
    unknown = [name for name in saved if name not in expected]
    if unknown:
        faults.append(f"{network} has no {_some(unknown)}")
    for name in sorted(set(saved) & set(expected) - of_last - set(missing)):
        if saved[name].shape != expected[name].shape:
            faults.append(
                f"{name!r} has shape {tuple(saved[name].shape)}, not {tuple(expected[name].shape)}"
            )
            break
    return faults


def _some(names: list[str]) -> str:
    shown = ", ".join(map(repr, names[:SHOWN]))
    return f"{shown} and {len(names) - SHOWN} more" if len(names) > SHOWN else shown
