"""Changes to saved files, such as age, accident or bad intent could make."""

import json
from io import BytesIO
from zipfile import ZipFile

from safetensors.numpy import load, save


def members_of(content):
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(members):
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def forge(path, *, header=None, schema=None, tensors=None, members=None):
    """Rewrite a file with what functions make, in place, of its parts."""
    parts = members_of(path.read_bytes())
    if header:
        parts["header.json"] = changed_json(parts["header.json"], header)
    if schema:
        inner = members_of(parts["structure.skops"])
        inner["schema.json"] = changed_json(inner["schema.json"], schema)
        parts["structure.skops"] = archive_of(inner)
    if tensors:
        arrays = load(parts["weights.safetensors"])
        tensors(arrays)
        parts["weights.safetensors"] = save(arrays)
    if members:
        members(parts)
    path.write_bytes(archive_of(parts))


def changed_json(content, change):
    data = json.loads(content)
    change(data)
    return json.dumps(data).encode()


def attributes(schema):
    """The nodes of a saved object's attributes, by name."""
    return schema["content"]["content"]


def nodes(schema):
    """Every node of a saved model that names a type or function."""
    if isinstance(schema, list):
        for item in schema:
            yield from nodes(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("__module__"), str):
            yield schema
        yield from nodes(list(schema.values()))


def name_of(node):
    return f"{node['__module__']}.{node['__class__']}"
