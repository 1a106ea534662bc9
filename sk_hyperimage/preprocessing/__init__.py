"""Steps on whole images before patches are cut, or a network reads them whole."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
