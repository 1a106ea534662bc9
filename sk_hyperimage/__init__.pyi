from . import architectures as architectures
from . import datasets as datasets
from . import ensemble as ensemble
from . import feature_extraction as feature_extraction
from . import images as images
from . import inspection as inspection
from . import metrics as metrics
from . import model_selection as model_selection
from . import neural_network as neural_network
from . import persistence as persistence
from . import preprocessing as preprocessing

__version__: str
