"""Predictors made of predictors: patch pooling, and both hyper-image stages in one object."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
