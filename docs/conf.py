"""Configuration of the documentation; warnings are errors when it is built."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import api_reference  # noqa: E402

import sk_hyperimage  # noqa: E402

api_reference.write(HERE / "api.rst")

project = "sk_hyperimage"
author = "the sk_hyperimage developers"
copyright = f"2026, {author}"
version = release = sk_hyperimage.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "gallery/*.ipynb", "gallery/*.py.md5"]
html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_title = "sk_hyperimage"
html_theme_options = {"show_toc_level": 2}
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
nitpicky = False

sphinx_gallery_conf = {
    "examples_dirs": str(HERE.parent / "examples"),
    "gallery_dirs": "gallery",
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_memory": False,
    "abort_on_example_error": True,
}
