"""Networks that users bring: checked once, on two samples, before they are trained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from sk_hyperimage.neural_network._tasks import Task

# What autograd calls functions whose outputs are bounded on one side or on both, and those that
# only rearrange or limit what they are given.
BOUNDED = {
    "Sigmoid": "a sigmoid",
    "Hardsigmoid": "a sigmoid",
    "LogSigmoid": "the logarithm of a sigmoid",
    "Softmax": "a softmax",
    "LogSoftmax": "the logarithm of a softmax",
    "Relu": "a ReLU",
    "Softplus": "a softplus",
    "Tanh": "a tanh",
    "Hardtanh": "a tanh",
}
REARRANGING = re.compile(
    "Alias|AsStrided|Cat|Clamp|Clone|Expand|Permute|Reshape|Select|Slice|Split|Squeeze|Stack|T$|"
    "ToCopy|Transpose|Unbind|UnsafeView|Unsqueeze|View"
)


def check_module(module: nn.Module, batch: torch.Tensor, task: Task) -> None:
    """Refuse a module that reads or gives something else than networks of a task do.

    Parameters
    ----------
    module : torch.nn.Module
        It is left as it was, and so is torch's random state.
    batch : tensor of shape (n, n_rows, n_cols, n_channels)
        A few samples.
    task : Task

    Raises
    ------
    ValueError
        If the module has no weights, cannot compute the batch or takes it for channels-first,
        gives outputs of another shape than (n, n_outputs) or not finite ones, or ends in an
        activation function.
    """
    weights = list(module.parameters())
    if not weights:
        raise ValueError("layers makes a module without weights; there is nothing to train")
    batch = batch.to(weights[0].device, weights[0].dtype)
    with _watched(module), torch.random.fork_rng(range(torch.cuda.device_count()) or None):
        try:
            outputs = _outputs(module, batch)
        except torch.OutOfMemoryError:
            return  # training, which halves its batches, finds out
    shape = tuple(outputs.shape) if isinstance(outputs, torch.Tensor) else ()
    if task.n_outputs is None:
        fits, expected = shape[:1] == (len(batch),), "(n, ...)"
    else:
        fits = shape == (len(batch), task.n_outputs)
        expected = f"({len(batch)}, {task.n_outputs}): {task.meaning}"
    if not isinstance(outputs, torch.Tensor) or not fits:
        raise ValueError(
            f"layers gives {shape or type(outputs).__name__} for samples of shape "
            f"{tuple(batch.shape)}; it must give outputs of shape {expected}"
        )
    if not outputs.isfinite().all():
        raise ValueError("layers gives outputs that are not finite for the first or last sample")
    if task.n_outputs is not None and (last := _last_activation(outputs)):
        raise ValueError(
            f"layers ends in {last}, but must give {task.meaning}: leave that last function out"
        )


def described(module: nn.Module, batch: torch.Tensor, layer: int) -> torch.Tensor:
    """Descriptions of a batch by a layer of a module.

    Raises
    ------
    ValueError
        If the module, being one's own, has no method for it.
    """
    embed = getattr(module, "embed", None)
    if embed is None:
        raise ValueError(
            f"layers makes a {type(module).__name__}, which has no method embed(batch, layer); a "
            f"network that is to describe patches needs one, which returns the activations of "
            f"its layer-th layer with weights, (n, ...)"
        )
    return embed(batch, layer)


def _outputs(module: nn.Module, batch: torch.Tensor) -> object:
    read_as_maps: list[object] = []

    def notice(layer: nn.Module, inputs: tuple[object, ...]) -> None:
        read_as_maps.extend(layer for given in inputs[:1] if given is batch)

    over_maps = [part for part in module.modules() if type(part).__name__.endswith("2d")]
    hooks = [part.register_forward_pre_hook(notice) for part in over_maps]
    try:
        outputs, failure = module(batch), None
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # a module of one's own may raise anything
        outputs, failure = None, error
    finally:
        for hook in hooks:
            hook.remove()
    if failure is not None and not read_as_maps:
        try:
            read_as_maps = [module(batch.permute(0, 3, 1, 2))]
        except Exception:  # it is not the order of axes, then
            pass
    if read_as_maps:
        raise ValueError(
            "layers reads batches as (n, n_channels, n_rows, n_cols), but they come channel-last, "
            f"(n, n_rows, n_cols, n_channels), here {tuple(batch.shape)}: begin its forward with "
            f"batch = batch.permute(0, 3, 1, 2)"
        ) from failure
    if failure is not None:
        raise ValueError(
            f"layers cannot compute samples of shape {tuple(batch.shape)}, (n, n_rows, n_cols, "
            f"n_channels): {failure}"
        ) from failure
    return outputs


@contextmanager
def _watched(module: nn.Module) -> Iterator[None]:
    """Have a module compute as in prediction, and record how, also where it is frozen."""
    modes = [(part, part.training) for part in module.modules()]
    frozen = [weights for weights in module.parameters() if not weights.requires_grad]
    module.eval()
    try:
        for weights in frozen:
            weights.requires_grad_(weights.is_floating_point())
        with torch.enable_grad():
            yield
    finally:
        for weights in frozen:
            weights.requires_grad_(False)
        for part, training in modes:
            part.training = training


def _last_activation(outputs: torch.Tensor) -> str | None:
    """The activation function that outputs went through last, if one that does harm."""
    n_outputs = outputs.shape[1]
    node, name = outputs.grad_fn, ""
    while node is not None:
        name = re.sub(r"Backward\d*$", "", node.name())
        if not REARRANGING.match(name):
            break
        node = node.next_functions[0][0]
    if n_outputs > 1 and name == "LogSoftmax":
        return None  # the softmax of which is that softmax: nothing is activated twice
    if n_outputs > 1 and (outputs >= 0).all() and (outputs.sum(dim=1) - 1).abs().max() < 1e-4:
        return BOUNDED["Softmax"]  # also one by hand
    return BOUNDED.get(name)
