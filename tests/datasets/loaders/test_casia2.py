import re
import shutil
import warnings

import numpy as np
import pytest
from casia2 import make_casia2, save
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import GroupShuffleSplit

from sk_hyperimage.datasets import FileFormatWarning, format_accuracy, load_casia2
from sk_hyperimage.datasets.loaders._casia2_names import authentic_id, photograph, tampered_name
from sk_hyperimage.feature_extraction import AlongContours, HyperImageEncoder, PatchExtractor
from sk_hyperimage.neural_network import PatchRanker

TIFF_IS_TAMPERED = pytest.mark.filterwarnings("ignore::sk_hyperimage.datasets.FileFormatWarning")


@pytest.fixture
def casia2(tmp_path, rng):
    """Four photographs, a splice and a copy-move of each."""
    return make_casia2(tmp_path / "CASIA2", rng)


@pytest.fixture(scope="module")
def real(tmp_path_factory, real_names):
    """Empty files of all real names."""
    root = tmp_path_factory.mktemp("casia2")
    for name, folder in (("au", "Au"), ("tp", "Tp"), ("groundtruth", "CASIA 2 Groundtruth")):
        (root / folder).mkdir()
        for file in real_names[name]:
            (root / folder / file).touch()
    with pytest.warns(FileFormatWarning, match=r"BMP 54:0, JPEG 7437:2064, TIFF 0:3059.* 83.6%"):
        return load_casia2(root, check_files=None)


@pytest.fixture(scope="module")
def real_names(casia2_labels):
    return {
        name: (casia2_labels / f"{name}_list.txt").read_text().split()
        for name in ("au", "tp", "groundtruth")
    }


def index_of(data, part):
    (index,) = (k for k, path in enumerate(data.images) if part in path)
    return index


@TIFF_IS_TAMPERED
def test_names_tell_what_was_done_to_which_photograph(casia2):
    data = load_casia2(casia2)
    assert data.images[0] == str(casia2 / "Au" / "Au_ani_00001.jpg")
    assert data.target.tolist() == [0] * 4 + [1] * 8
    assert data.kind.tolist() == ["authentic"] * 4 + ["splice"] * 4 + ["copy-move"] * 4
    sources = ["ani00001", "arc00002", "nat00003", "sec00004"]
    assert data.pairs.tolist() == data.groups.tolist() == sources * 3
    lenders = [sources[k] for k in (1, 0, 3, 2)]
    assert data.donors.tolist() == sources + lenders + sources
    assert data.region_size.tolist() == [""] * 4 + ["small"] * 4 + ["medium"] * 4
    folder = casia2 / "CASIA 2 Groundtruth"
    assert data.masks[:4].tolist() == [None] * 4
    assert data.masks[5] == str(folder / "Tp_D_NRN_S_N_arc00002_ani00001_00001_gt.png")


@TIFF_IS_TAMPERED
def test_the_columns_train_an_encoder(casia2):
    data = load_casia2(casia2)
    grids = PatchExtractor(16, grid_shape=(3, 4)).fit_transform(data.images)
    ranker = PatchRanker("C(4) MP(8) FC(6)", max_epochs=1)
    encoder = HyperImageEncoder(ranker, supervision=AlongContours())
    encoder.fit(grids, data.target, masks=data.masks, pairs=data.pairs, groups=data.groups)
    assert encoder.transform(grids).shape == (12, 3, 4, 6)


@TIFF_IS_TAMPERED
def test_pairs_need_an_authentic_image_of_the_same_size(casia2, rng):
    (casia2 / "Au" / "Au_nat_00003.jpg").unlink()
    save(casia2 / "Au" / "Au_arc_00002.jpg", np.zeros((64, 48, 3), dtype=np.uint8))
    data = load_casia2(casia2)
    assert data.pairs.tolist() == [
        *("ani00001", "arc00002", "sec00004"),
        *("ani00001", None, None, "sec00004") * 2,
    ]
    assert data.groups[4:6].tolist() == ["arc00002", "nat00003"]


@TIFF_IS_TAMPERED
def test_masks_may_be_missing_elsewhere_of_another_name_or_size(casia2):
    folder = casia2 / "CASIA 2 Groundtruth"
    masks = sorted(folder.iterdir())
    masks[0].rename(folder / "Tp_D_XXX_S_N_zzz00001_zzz00001_00000_gt3.png")
    masks[1].unlink()
    save(masks[2], np.zeros((64, 48), dtype=np.uint8))
    save(folder / r"dataset\Tp\tp_list_gt.png", np.zeros((8, 8), dtype=np.uint8))
    moved = casia2.parent / "masks" / "revised"
    shutil.copytree(folder, moved)
    shutil.rmtree(folder)
    assert set(load_casia2(casia2).masks) == {None}
    found = load_casia2(casia2.parent).masks
    assert found[4] == str(moved / "Tp_D_XXX_S_N_zzz00001_zzz00001_00000_gt3.png")
    assert [mask is None for mask in found[4:]] == [False, True, True] + [False] * 5
    shutil.copytree(moved, casia2.parent / "again")
    with pytest.raises(ValueError, match="_gt.*png' and .*_gt.*png' mask the same image"):
        load_casia2(casia2.parent)


@TIFF_IS_TAMPERED
def test_known_duplicates_are_one_group_of_two_pairs(casia2):
    shutil.copy(casia2 / "Au" / "Au_nat_00003.jpg", casia2 / "Au" / "Au_arc_00005.jpg")
    shutil.copy(casia2 / "Au" / "Au_nat_00003.jpg", casia2 / "Au" / "Au_art_30076.jpg")
    data = load_casia2(casia2)
    first, second = index_of(data, "arc_00005"), index_of(data, "art_30076")
    assert data.groups[first] == data.groups[second] == "arc00005"
    assert data.pairs[first] == "arc00005" and data.pairs[second] == "art30076"


@pytest.mark.parametrize("name", ["Au/mine.jpg", "Tp/Tp_D_NRN_S_N_ani00001_00001.tif"])
def test_other_images_are_named(casia2, name):
    save(casia2 / name, np.zeros((8, 8), dtype=np.uint8))
    with pytest.raises(ValueError, match=rf"{name}' is not a CASIA-2 file name"):
        load_casia2(casia2)


@pytest.mark.parametrize(
    "twin", ["Au/Au_ani_00001.bmp", "Tp/Tp_S_NNN_S_N_ani00001_ani00001_00000.tif"]
)
def test_two_files_of_one_image_are_named(casia2, twin):
    save(casia2 / twin, np.zeros((8, 8), dtype=np.uint8))
    with pytest.raises(ValueError, match=f"(?s){twin}.* are the same image"):
        load_casia2(casia2)


@TIFF_IS_TAMPERED
def test_missing_folders_and_damaged_files_are_named(casia2):
    mask = next((casia2 / "CASIA 2 Groundtruth").iterdir())
    mask.write_bytes(mask.read_bytes()[:-40])
    with pytest.raises(ValueError, match=mask.name):
        load_casia2(casia2)
    load_casia2(casia2, check_files=None)
    for path in (casia2 / "Tp").iterdir():
        path.unlink()
    with pytest.raises(ValueError, match="Tp' holds no image"):
        load_casia2(casia2)
    (casia2 / "Tp").rmdir()
    with pytest.raises(FileNotFoundError, match="'Tp' is missing from"):
        load_casia2(casia2)
    with pytest.raises(FileNotFoundError, match="holds no folder 'Au'"):
        load_casia2(casia2 / "Au")


def test_users_are_warned_where_they_call(casia2):
    with pytest.warns(FileFormatWarning, match=r"JPEG 4:4, TIFF 0:4.* 66.7%") as record:
        load_casia2(casia2)
    assert record[0].filename == __file__
    for path in (casia2 / "Tp").glob("*.tif"):
        path.unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_casia2(casia2)


@pytest.mark.parametrize(
    ("stem", "decoded"),
    [
        ("Tp_S_CnN_S_N_txt00071_txt00071_01297", ("txt00071", "txt00071", "small", "01297")),
        ("Tp_S_CNN_S_N_cha0003_cha00003_00323", ("cha00003", "cha00003", "small", "00323")),
        ("Tp_S_NNN_N_N_art10015_art10015_20099", ("art10015", "art10015", "", "20099")),
        ("Tp_D_NRD_M_O_sec20032_sec20032_01622", ("sec20032", "xxx00008", "medium", "01622")),
        ("Tp_D_NNN_S_B_cha00088_txt00068_10182", ("txt00068", "cha00088", "small", "10182")),
        ("Tp_D_NRN_S_N_ani00001_00001", None),
    ],
)
def test_odd_and_wrong_names(stem, decoded):
    assert tampered_name(stem) == decoded


def test_every_real_name_is_decoded(real):
    assert np.bincount(real.target).tolist() == [7491, 5123]
    kinds, counts = np.unique(real.kind, return_counts=True)
    assert dict(zip(kinds, counts, strict=True)) == {
        "authentic": 7491,
        "copy-move": 3295,
        "splice": 1828,
    }
    assert not (real.pairs == None).any()  # noqa: E711
    assert sum(mask is not None for mask in real.masks) == 5122
    sizes, counts = np.unique(real.region_size[real.target == 1], return_counts=True)
    assert dict(zip(sizes, counts, strict=True)) == {
        "": 1,
        "large": 35,
        "medium": 1198,
        "small": 3889,
    }


def test_numbers_of_real_images_go_up_with_the_first_id(real_names):
    # Which shows that it is the background: photographs were forged one after the other.
    names = [tampered_name(name.rsplit(".")[0]) for name in real_names["tp"]]
    spliced = [name for name in names if name.background != name.donor]

    def most_frequent_offset(ids):
        offsets = [(i[:3], int(n.number) - int(i[3:])) for i, n in zip(ids, spliced, strict=True)]
        return max(map(offsets.count, set(offsets)))

    assert most_frequent_offset([name.background for name in spliced]) > 50
    assert most_frequent_offset([name.donor for name in spliced]) < 10


def test_real_photographs_hang_together_through_donors(real):
    names, codes = np.unique([*real.groups, *real.donors], return_inverse=True)
    groups, donors = codes.reshape(2, -1)
    graph = coo_array((np.ones(len(groups)), (groups, donors)), shape=(len(names),) * 2)
    components = connected_components(graph, directed=False)[1][groups]
    largest = components == np.bincount(components).argmax()
    assert largest.sum() == 3835 and real.target[largest].sum() == 3025
    sizes = np.unique(real.groups, return_counts=True)[1]
    assert len(sizes) == 7468 and sizes.max() == 19


@pytest.mark.parametrize(("by", "share"), [("groups", 0.5), ("images", 0.94)])
def test_real_test_images_share_photographs_with_training(real, by, share):
    split = GroupShuffleSplit(1, test_size=1 / 6, train_size=2 / 3, random_state=0)
    train, test = next(split.split(real.images, groups=real[by]))
    test = test[real.target[test] == 1]
    known = np.union1d(real.groups[train], real.donors[train])
    seen = np.isin(real.groups[test], known) | np.isin(real.donors[test], known)
    assert seen.mean() == pytest.approx(share, abs=0.04)


def test_formats_of_real_names_tell_the_label(real_names):
    images = real_names["au"] + real_names["tp"]
    target = np.repeat([0, 1], [7491, 5123])
    assert format_accuracy(images, target) == pytest.approx(0.8364, abs=5e-5)


def test_names_are_mended_as_the_published_sheet_has_them(casia2_labels):
    openpyxl = pytest.importorskip("openpyxl")
    wrong, duplicates = openpyxl.load_workbook(casia2_labels / "fileNamesCorrection.xlsx")
    n_names = 0
    for _, name, correct, note, *_ in wrong.iter_rows(min_row=3, values_only=True):
        if name is None:
            continue
        if letter := re.search(r'LEFT.*,3\),"([SD])"', correct):
            correct = name[:3] + letter[1] + name[4:]
        elif correct.startswith("="):  # with a donor that was not found
            correct = name[:22] + note + name[-10:]
        decoded = tampered_name(name.split(".")[0])
        assert decoded == tampered_name(correct.split(".")[0])
        kind, background, donor = correct[3], correct[13:21], correct[22:30]
        assert (decoded.background, decoded.donor) == (background, donor)
        assert (kind == "S") == (background == donor)
        n_names += 1
    assert n_names == 141
    pairs = [row[:2] for row in duplicates.iter_rows(min_row=3, values_only=True)]
    assert len(pairs) == 23
    for pair in pairs:
        assert len({photograph(authentic_id(name.split(".")[0])) for name in pair}) == 1
