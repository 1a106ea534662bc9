from ._model_file import load_model as load_model
from ._model_file import save_model as save_model
from ._onnx_file import save_onnx as save_onnx
from ._regions_file import save_regions as save_regions
