"""A model without its weights, in the format of skops.

skops writes an object as a tree of nodes in JSON, each with its type, and reads only types that
are trusted. This module is stricter: it reads only nodes of the kinds that models need, and only
trees that are no larger than they look. Types of this package are named, and imported by skops,
by the room that exports them.
"""

from __future__ import annotations

import json
import warnings
from importlib import import_module
from io import BytesIO
from typing import Any

from sklearn.exceptions import InconsistentVersionWarning

from sk_hyperimage.persistence._archive import read_archive, write_archive
from sk_hyperimage.utils._names import PACKAGE, public_name

# Without nodes that call operators, bind methods or arguments, or hold compressed arrays.
NODES = {
    "BytesNode",
    "ConstructorFromReduceNode",
    "DTypeNode",
    "DefaultDictNode",
    "DictNode",
    "FunctionNode",
    "JsonNode",
    "ListNode",
    "LossNode",
    "MaskedArrayNode",
    "NdArrayNode",
    "ObjectNode",
    "RandomGeneratorNode",
    "RandomStateNode",
    "SetNode",
    "SliceNode",
    "TreeNode",
    "TupleNode",
    "TypeNode",
}

# Protocol of the first version of skops that may write our files; older nodes are less strict.
OLDEST_PROTOCOL = 2

SCHEMA = "schema.json"


def write_structure(model: object) -> bytes:
    """Write a model."""
    import skops.io

    members = read_archive(skops.io.dumps(model))
    schema = json.loads(members[SCHEMA])
    _name_publicly(schema)
    file = BytesIO()
    write_archive(file, members | {SCHEMA: json.dumps(schema).encode()})
    return file.getvalue()


def untrusted_types(structure: bytes, trusted: list[str]) -> list[str]:
    """Types and functions in a structure that are not trusted; nothing is built or imported.

    Raises
    ------
    ValueError
        If the structure is damaged, or is not a tree of the nodes that models need.
    """
    import skops.io

    schema = json.loads(read_archive(structure)[SCHEMA])
    if schema["protocol"] < OLDEST_PROTOCOL:
        raise ValueError(f"its protocol {schema['protocol']} of skops is too old")
    _check_nodes(schema, {})
    return sorted(set(skops.io.get_untrusted_types(data=structure)) - set(trusted))


def read_structure(structure: bytes, trusted: list[str]) -> Any:
    """Build the model that a structure describes, once its types are found to be trusted."""
    import skops.io

    with warnings.catch_warnings():
        # The warning is given once for the whole file, not for each estimator.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        return skops.io.loads(structure, trusted=trusted)


def _name_publicly(part: Any) -> None:
    """Name types and functions of this package by their rooms, in place."""
    if isinstance(part, list):
        for item in part:
            _name_publicly(item)
    elif isinstance(part, dict):
        module = part.get("__module__")
        if isinstance(module, str) and module.startswith(f"{PACKAGE}."):
            item = getattr(import_module(module), part["__class__"])
            part["__module__"] = public_name(item).rpartition(".")[0]
        _name_publicly(list(part.values()))


def _check_nodes(part: Any, sizes: dict[Any, int]) -> int:
    """Count the nodes in a part of the tree, and check their kinds.

    A node that was there before is taken from memory, regardless of what the file contains for
    it. It has to be written out in full, as by skops: otherwise a few nodes that refer to each
    other could form an endless tree.
    """
    if isinstance(part, list):
        return sum(_check_nodes(item, sizes) for item in part)
    if not isinstance(part, dict):
        return 0
    kind = part.get("__loader__")
    if isinstance(kind, str) and kind not in NODES:
        raise ValueError(
            f"models cannot hold {part.get('__module__')}.{part.get('__class__')} ({kind})"
        )
    size = 1 + sum(_check_nodes(item, sizes) for item in part.values())
    if "__id__" in part and sizes.setdefault(part["__id__"], size) != size:
        raise ValueError(f"the node {part['__id__']} is there twice and differs")
    return size
