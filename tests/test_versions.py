"""What is said in several places of the versions of dependencies is the same everywhere."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import sk_hyperimage

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
EVERYTHING = [*PROJECT["dependencies"], *chain.from_iterable(EXTRAS.values())]
# What the package imports where it is installed, as against what those need who work on it.
OPTIONAL = [
    *chain(
        *(
            EXTRAS[name]
            for name in ("datasets", "detection", "distributed", "onnx", "persistence", "plots")
        )
    )
]


def name_of(requirement):
    return re.match(r"[A-Za-z0-9-]+", requirement)[0]


def pins(name):
    """Versions in a file of constraints, by the names of packages."""
    lines = (ROOT / name).read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def padded(version):
    return [int(part) for part in [*version.split("."), "0", "0"][:3]]


def test_the_oldest_versions_tested_are_the_lower_bounds():
    bounds = dict(req.split(">=") for req in EVERYTHING if ">=" in req)
    del bounds["torch"]  # large; constraints-minimum.txt says so
    oldest = pins("constraints-minimum.txt")
    assert oldest.keys() == bounds.keys()
    assert {name for name in bounds if padded(bounds[name]) != padded(oldest[name])} == set()


def test_everything_needed_is_pinned():
    names = {name_of(requirement) for requirement in EVERYTHING}
    assert names - pins("constraints.txt").keys() == {"sk-hyperimage"}


def test_every_package_imported_is_required():
    known = packages_distributions()
    required = {name_of(requirement) for requirement in (*PROJECT["dependencies"], *OPTIONAL)}
    imported = set()
    for path in Path(sk_hyperimage.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
            elif isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
    foreign = imported - set(sys.stdlib_module_names) - {"sk_hyperimage"}
    missing = {
        module
        for module in foreign
        if not required & {name.lower().replace("_", "-") for name in known.get(module, [module])}
    }
    assert missing == set()
