"""Configuration of the documentation; warnings are errors when it is built."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import api_reference  # noqa: E402
import architecture_table  # noqa: E402
import changelog_page  # noqa: E402
import result_tables  # noqa: E402

import sk_hyperimage  # noqa: E402

api_reference.write(HERE / "api.rst")
changelog_page.write(HERE.parent / "CHANGELOG.md", HERE / "generated" / "changelog.txt")
architecture_table.write(HERE / "generated" / "architectures.csv")
result_tables.write(HERE / "results", HERE / "generated")

project = "sk_hyperimage"
author = "the sk_hyperimage developers"
copyright = f"2026, {author}"
version = release = sk_hyperimage.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "matplotlib.sphinxext.plot_directive",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "gallery/*.ipynb", "gallery/*.py.md5", "generated/backreferences"]
templates_path = ["_templates"]

html_theme = "pydata_sphinx_theme"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = "sk_hyperimage"
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 8,
}
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_sidebars = {
    "changelog": [],
    "getting_started": [],
    "paper": [],
    "paper2": [],
    "paper3": [],
    "paper4": [],
}

autosummary_generate = True
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # the docstrings say types and shapes
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

# Every name of this package has to lead somewhere. Other packages' are not linked: their indexes
# would have to be downloaded.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(joblib|numpy|PIL|skimage|sklearn|torch)\..*"),
    # Attributes that are properties, which numpydoc links to nowhere.
    ("py:obj", "net_|weights_|classes_|reads_any_grid_"),
]
linkcheck_anchors = False

plot_basedir = str(HERE / "figures")
plot_formats = [("png", 120)]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_rcparams = {"figure.constrained_layout.use": True, "savefig.bbox": "standard"}
plot_apply_rcparams = True

sphinx_gallery_conf = {
    "examples_dirs": str(HERE.parent / "examples"),
    "gallery_dirs": "gallery",
    "ignore_pattern": r"^(?!plot_)",  # the long experiments are commands, not pages
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": "generated/backreferences",
    "doc_module": "sk_hyperimage",
    "reference_url": {"sk_hyperimage": None},
    "download_all_examples": False,
    "show_memory": False,
    "capture_repr": ("_repr_html_",),
    "abort_on_example_error": True,
    "parallel": 2,  # as many as continuous integration has cores; networks this small use one each
}
