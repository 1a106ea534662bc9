"""Odd values: for images, for what goes with them, and for parameters."""

import numpy as np


def odd_number(rng):
    choices = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e300, -1e300, 1e38, 1e-320, 1e150, 255, -1]
    return choices[rng.integers(len(choices))]


def odd_array(rng, n=8, shape=None):
    """An array, or nearly one: of odd rank, type, content or memory layout."""
    rank = rng.choice([1, 2, 2, 3, 3, 3, 4, 4, 5, 6, 0])
    sides = [n, *rng.integers(1, 7, size=5)][:rank]
    if rank == 4:
        sides[3] = rng.choice([1, 2, 3, 4])
    if rank > 0 and rng.random() < 0.06:
        sides[rng.integers(rank)] = 0
    array = rng.random(sides if shape is None else shape)
    if rank == 0 and shape is None:
        return array[()]
    content = rng.choice(["plain", "odd", "odd", "scaled", "constant", "mixed"])
    if content == "odd" and array.size:
        array.flat[rng.integers(array.size, size=rng.integers(1, 5))] = odd_number(rng)
    elif content == "scaled":
        array = array * rng.choice([1e-300, 1e-30, 255, 1e10, 1e20, 1e38, 1e150, 1e300])
    elif content == "constant":
        array[:] = odd_number(rng)
    kinds = ["f8", "f8", "f8", "f4", "f4", "f2", "u1", "u2", "i1", "i8", "u8", "?", "c16"]
    kinds += ["O", "U", "S", "M8[s]", "g"]
    with np.errstate(all="ignore"):
        array = array.astype(kinds[rng.integers(len(kinds))])
    if array.dtype == object and array.size and rng.random() < 0.7:
        odd = [None, "a", [1, 2], {}, object(), 10**400, 1j, b"x"]
        array.flat[rng.integers(array.size)] = odd[rng.integers(len(odd))]
    return laid_out(array, rng)


def laid_out(array, rng):
    """The same values in another layout or container."""
    layout = rng.integers(9)
    if layout == 0:
        return array[::-1]
    if layout == 1:
        return np.asfortranarray(array)
    if layout == 2:
        array.flags.writeable = False
    if layout == 3:
        return array.tolist()
    if layout == 4:
        return list(array)
    if layout == 5:
        return tuple(array)
    if layout == 6 and array.ndim <= 2 and array.dtype.kind != "c":
        import pandas as pd

        return (pd.DataFrame if array.ndim == 2 else pd.Series)(array)
    if layout == 7:
        return np.ma.masked_array(array)
    return array


def odd_images(rng, n=8):
    """What no one should pass as X, or what few do."""
    kind = rng.integers(12)
    if kind < 8:
        return odd_array(rng, n)
    sizes = rng.integers(1, 9, size=(n, 2))
    images = [rng.random(size) for size in sizes]
    if kind == 8:
        return images
    if kind == 9:  # one of them is odd
        odd = odd_array(rng, rng.integers(1, 5)) if rng.random() < 0.5 else odd_value(rng)
        images[rng.integers(n)] = odd
        return images
    if kind == 10:
        ragged = np.empty(n, dtype=object)
        ragged[:] = images
        return ragged
    return odd_value(rng)


def odd_target(rng, n=8):
    """What goes with samples: y, weights, groups, masks."""
    kind = rng.integers(10)
    if kind == 0:
        return None
    if kind == 1:
        return odd_value(rng)
    if kind < 5:
        return odd_array(rng, n)
    plain = rng.choice([0.0, 1.0], size=n)
    plain[:2] = 0, 1
    if kind == 5:
        plain[rng.integers(n)] = odd_number(rng)
        return plain
    if kind == 6:
        return plain[: rng.integers(n)]
    if kind == 7:
        return np.array(["a", "b", ""], dtype=rng.choice(["U", "O"]))[rng.integers(3, size=n)]
    if kind == 8:
        return plain.astype(bool)
    return plain * rng.choice([1, -1, 0, 1e20, 1e300])


def odd_value(rng):
    """A value of any type."""
    values = [
        *(None, True, False, -1, 0, 1, 2, 3, 17, 2**31, 2**63, -(2**70), 10**30),
        *(0.0, 0.5, -0.5, 1.0, 1e-320, 1e308, np.nan, np.inf, -np.inf),
        *("", "auto", "no such thing", "\0", "é", "adam", "balanced", "x" * 1000, b"", b"abc"),
        *([], (), {}, set(), [1], (1, 2), (0, 0), (-1, 3), ("a", "b"), (2.5, 1), (1, 2, 3)),
        *(range(3), object(), int, len, ..., 1j, slice(3), {0: 1}, {"a": -1}, [None], [[]]),
        *(np.array([1, 2]), np.array([]), np.float32(0.5), np.int64(3), np.bool_(True)),
        *(np.array("a"), np.datetime64("2020"), np.ma.masked, (2**40, 2**40), iter([1])),
    ]
    return values[rng.integers(len(values))]
