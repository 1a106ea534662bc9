"""Check what the files in dist hold: the wheel the package alone, the sdist the whole project."""

import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEEDED = {"py.typed", "__init__.py", "__init__.pyi"}
BESIDE_THE_PACKAGE = {
    "LICENSE",
    "README.md",
    "Makefile",
    "pyproject.toml",
    "constraints.txt",
    "constraints-minimum.txt",
    "tests/conftest.py",
    "examples/plot_photographs.py",
    "docs/conf.py",
}


def main():
    """Compare names of files, and say how many there are."""
    (wheel,), (sdist,) = (list((ROOT / "dist").glob(name)) for name in ("*.whl", "*.tar.gz"))
    files = (path for path in (ROOT / "sk_hyperimage").rglob("*") if path.is_file())
    package = {
        path.relative_to(ROOT).as_posix() for path in files if path.parent.name != "__pycache__"
    }
    assert {f"sk_hyperimage/{name}" for name in NEEDED} <= package

    with zipfile.ZipFile(wheel) as archive:
        in_wheel = {name for name in archive.namelist() if not name.endswith("/")}
    about = {name for name in in_wheel if ".dist-info/" in name}
    differing = (in_wheel - about) ^ package
    assert not differing, f"in the wheel or in sk_hyperimage, and not in both: {differing}"
    assert any(name.endswith("licenses/LICENSE") for name in about)

    with tarfile.open(sdist) as archive:
        in_sdist = {
            member.name.split("/", 1)[1] for member in archive.getmembers() if member.isfile()
        }
    missing = (package | BESIDE_THE_PACKAGE) - in_sdist
    assert not missing, f"not in the sdist: {missing}"
    unwanted = {name for name in in_sdist if "__pycache__" in name or name.startswith("dist/")}
    assert not unwanted, f"not to be in the sdist: {unwanted}"
    print(f"{wheel.name}: {len(in_wheel)} files; {sdist.name}: {len(in_sdist)} files")


if __name__ == "__main__":
    main()
