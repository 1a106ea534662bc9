"""From arrays to tensors."""

from __future__ import annotations

import numpy as np
import torch


def as_tensor(batch: np.ndarray) -> torch.Tensor:
    """A batch as a tensor; memory that torch could not write to is copied first."""
    return torch.from_numpy(np.require(batch, requirements=["C", "W"]))
