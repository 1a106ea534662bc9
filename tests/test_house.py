"""The floors of the house: an import never goes up, and torch comes when it is needed."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import sk_hyperimage

PACKAGE = Path(sk_hyperimage.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))

# From the ground up. Rooms on one floor do not see each other.
FLOORS = [
    {"_typing"},
    {"images", "distortions"},
    {"utils"},
    {"metrics"},
    {"datasets", "architectures"},
    {"preprocessing", "neural_network"},
    {"feature_extraction", "model_selection"},
    {"ensemble"},
    {"inspection"},
    {"persistence"},
    {"cli"},
    {"__main__"},
]

# Rooms of networks, and of what draws, keeps or joins them: their files may load torch.
WITH_NETWORKS = {"ensemble", "feature_extraction", "inspection", "neural_network", "persistence"}
NETWORK_MODULES = {"urllib", "http", "requests", "socket", "ftplib", "pooch"}


def room_of(module):
    return module.split(".")[1] if "." in module else None


def imports(tree):
    for node in tree:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "sk_hyperimage":
                yield from (f"sk_hyperimage.{alias.name}" for alias in node.names)
            else:
                yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_never_go_up(path):
    here = path.relative_to(PACKAGE).with_suffix("").parts[0]
    floor = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
    found = imports(ast.walk(ast.parse(path.read_text())))
    if here == "_typing":  # names for type checkers, of the sequences one floor up among them
        found = imports_at_run_time(path)
    for module in found:
        room = room_of(module)
        if module.startswith("sk_hyperimage.") and room != here:
            assert floor[room] < floor[here], f"{here} imports {module}"


def level_of(path):
    room = path.relative_to(PACKAGE).with_suffix("").parts[0]
    return next((level for level, rooms in enumerate(FLOORS) if room in rooms), None)


def names_defined(tree):
    """Classes, functions and attributes that a file brings into the house."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def telling_strings(tree):
    """Strings that name a class, a fitted attribute, or what an object is asked for."""
    for node in ast.walk(tree):
        asked = isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "getattr", "hasattr", "setattr", "delattr", "HasMethods", "attrgetter", "methodcaller",
        )  # fmt: skip
        for part in ast.walk(node) if asked else [node]:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                name = part.value
                if name.isidentifier() and (asked or name[0].isupper() or name.endswith("_")):
                    yield part.lineno, name


def test_no_string_names_a_part_of_a_higher_room():
    # What an attribute is called is knowledge: getattr(model, "encoder_") knows the class above.
    trees = {path: ast.parse(path.read_text()) for path in FILES if level_of(path) is not None}
    lowest = {}
    for path, tree in trees.items():
        for name in names_defined(tree):
            lowest[name] = min(lowest.get(name, len(FLOORS)), level_of(path))
    for path, tree in trees.items():
        for line, name in telling_strings(tree):
            assert lowest.get(name, 0) <= level_of(path), f"{path}:{line} knows {name!r}"


def is_for_type_checkers(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imports_at_run_time(path):
    """Modules that a file imports, anywhere in it but under TYPE_CHECKING."""
    tree = ast.parse(path.read_text())
    unchecked = {id(n) for node in tree.body if is_for_type_checkers(node) for n in ast.walk(node)}
    return imports(node for node in ast.walk(tree) if id(node) not in unchecked)


def module_name(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_import_goes_round_in_a_circle():
    modules = {module_name(path): path for path in FILES}
    graph = {
        name: {module for module in imports_at_run_time(path) if module in modules} - {name}
        for name, path in modules.items()
    }
    assert sum(map(len, graph.values())) > 200
    TopologicalSorter(graph).prepare()  # raises CycleError


def test_rooms_are_kinds_and_no_topics():
    assert not (PACKAGE / "forensics").exists()


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_name_the_package_in_full(path):
    # The tests on floors read names, and a relative import would pass under them.
    nodes = ast.walk(ast.parse(path.read_text()))
    assert not [n.lineno for n in nodes if isinstance(n, ast.ImportFrom) and n.level]


def test_every_room_has_its_floor():
    rooms = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in FILES} - {"__init__"}
    assert rooms == set().union(*FLOORS)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_import_torch_at_the_top_in_rooms_of_networks_only_and_the_network_nowhere(path):
    tree = ast.parse(path.read_text())
    top = {module.split(".")[0] for module in imports(tree.body)}
    anywhere = {module.split(".")[0] for module in imports(ast.walk(tree))}
    assert not top & {"torch", "skorch"} or path.relative_to(PACKAGE).parts[0] in WITH_NETWORKS
    assert not anywhere & NETWORK_MODULES


def test_layers_of_networks_know_nothing_of_scikit_learn():
    room = PACKAGE / "neural_network"
    files = [*room.glob("layers/*.py"), *room.glob("aggregation/*.py"), *room.glob("trunks/*.py")]
    files += room.glob("detection/*.py")
    files += [
        room / name
        for name in (
            "_assignment.py",
            "_cooccurrence.py",
            "_pretrained.py",
            "_pretrained_network.py",
            "_residual_network.py",
            "_siamese.py",
            "_tasks.py",
            "_weights.py",
            "_window_sums.py",
        )
    ]
    assert len(files) > 12
    for path in files:
        tree = ast.parse(path.read_text())
        assert not {m.split(".")[0] for m in imports(ast.walk(tree))} & {"sklearn", "skorch"}


def test_importing_every_room_loads_nothing_heavy():
    rooms = ", ".join(f"sk_hyperimage.{room}" for room in sorted(set().union(*FLOORS)))
    code = (
        f"import sys, {rooms}; "
        "print({'torch', 'skorch', 'skimage', 'matplotlib', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_rooms_are_found_from_the_top():
    assert {"ensemble", "metrics", "neural_network"} <= set(dir(sk_hyperimage))
    assert sk_hyperimage.metrics.srocc_score([1, 2], [1, 2]) == pytest.approx(1)
