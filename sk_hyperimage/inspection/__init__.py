"""Maps of models and of their predictions, and displays of them, drawn with matplotlib."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
