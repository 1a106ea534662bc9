from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sk_hyperimage.feature_extraction import PatchExtractor
from sk_hyperimage.images._samples import MappedImages
from sk_hyperimage.metrics import srocc_score
from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.utils._names import public_name
from sk_hyperimage.utils._routing import consumed


def test_exported_names_are_those_of_the_room_and_others_those_of_the_module():
    assert public_name(PatchExtractor) == "sk_hyperimage.feature_extraction.PatchExtractor"
    assert public_name(srocc_score) == "sk_hyperimage.metrics.srocc_score"
    assert public_name(MappedImages) == "sk_hyperimage.images._samples.MappedImages"
    assert public_name(PatchExtractor.fit) == f"{PatchExtractor.__module__}.PatchExtractor.fit"
    assert public_name(Ridge) == "sklearn.linear_model._ridge.Ridge"


def test_a_class_that_only_bears_an_exported_name_is_not_taken_for_it():
    impostor = type("PatchExtractor", (), {"__module__": PatchExtractor.__module__})
    assert public_name(impostor) == f"{PatchExtractor.__module__}.PatchExtractor"


def test_metadata_is_consumed_where_any_part_asks_for_it():
    names = ["groups", "validation_mask", "sample_weight"]
    network = CNNRegressor("FC(1,linear)")
    assert {"groups", "validation_mask"} <= consumed(make_pipeline(network), names)
    assert consumed(Ridge(), names) == set()
    assert consumed(GridSearchCV(network, {}), ["validation_mask"]) == {"validation_mask"}
