"""Data for training and evaluation: generators, and loaders of data on the user's disk."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
