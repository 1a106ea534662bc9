"""A published network: a chain of named stages, each of which can describe an image."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn


class Stage(NamedTuple):
    """One layer or block of a published network.

    Attributes
    ----------
    name : str
    modules : tuple of torch.nn.Module
        Those that hold its weights.
    compute : callable
        From what the stage before gives, maps (n, c, h, w) or units (n, d), to its own.
    """

    name: str
    modules: tuple[nn.Module, ...]
    compute: Callable[[torch.Tensor], torch.Tensor]


class Trunk(nn.Module):
    """A chain of stages; batches are (n, n_rows, n_cols, 3) outside.

    Parameters
    ----------
    before : torch.nn.Module or None
        Ahead of all stages; it has no weights.
    dropout : float
        Rate ahead of the last stage.
    """

    def __init__(self, before: nn.Module | None, dropout: float):
        super().__init__()
        self.before = nn.Identity() if before is None else before
        self.dropout = nn.Dropout(dropout)
        self.frozen: str | None = None

    def stages(self) -> list[Stage]:
        """All stages in their order."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """Names of the stages."""
        return [stage.name for stage in self.stages()]

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Outputs of the last stage."""
        return self.embed(batch, -1)

    def embed(self, batch: torch.Tensor, layer: int) -> torch.Tensor:
        """Activations of the `layer`-th stage, channels last; later ones are not computed."""
        names = self.names()
        if not -len(names) <= layer < len(names):
            raise ValueError(
                f"layer={layer} is out of range: the network has {len(names)} stages, "
                f"{', '.join(names)}"
            )
        found = self.maps(batch.permute(0, 3, 1, 2), names[layer])
        return found.permute(0, 2, 3, 1) if found.ndim == 4 else found

    def maps(self, maps: torch.Tensor, name: str) -> torch.Tensor:
        """Activations (n, c, h, w) or (n, d) of the stage `name` for maps (n, 3, h, w)."""
        maps = self.before(maps)
        for stage in self.up_to(name):
            maps = stage.compute(maps)
        return maps

    def up_to(self, name: str) -> list[Stage]:
        """The stages as far as one.

        Raises
        ------
        ValueError
            If there is none of this name.
        """
        names = self.names()
        if name not in names:
            raise ValueError(
                f"the network has no layer {name!r}; its layers are {', '.join(names)}"
            )
        return self.stages()[: names.index(name) + 1]

    def weight_names(self, name: str) -> list[str]:
        """Names of the weights of the stages up to `name`."""
        modules = [module for stage in self.up_to(name) for module in stage.modules]
        held = {id(t) for part in modules for t in (*part.parameters(), *part.buffers())}
        state = self.state_dict(keep_vars=True)
        return [key for key, tensor in state.items() if id(tensor) in held]

    def freeze(self, name: str) -> None:
        """Keep the stages up to `name` as they are in training, running statistics included."""
        for stage in self.up_to(name):
            for module in stage.modules:
                module.requires_grad_(False)
        self.frozen = name
        self.train(self.training)

    def train(self, mode: bool = True) -> Trunk:
        """Switch between training and prediction, where frozen stages always are."""
        super().train(mode)
        if self.frozen is not None:
            for stage in self.up_to(self.frozen):
                for module in stage.modules:
                    module.eval()
        return self
