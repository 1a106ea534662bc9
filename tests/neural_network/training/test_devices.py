import warnings

import pytest
import torch

from sk_hyperimage.neural_network.training._devices import warn_if_emulated


@pytest.mark.parametrize(
    ("found", "slow"),
    [
        ({"architecture": "x86_64", "avx2": True, "avx512_f": False}, True),
        ({"architecture": "x86_64", "avx512_f": True}, False),
        ({"architecture": "x86_64", "avx512_f": False, "avx_ne_convert": True}, False),
        ({"architecture": "aarch64"}, False),
    ],
)
def test_a_processor_without_bfloat16_is_warned_of(found, slow, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_if_emulated("bfloat16", "cpu")
        warn_if_emulated("full", "cpu")
        warn_if_emulated("bfloat16", "cuda")
    assert len(caught) == slow
