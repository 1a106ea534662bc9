"""Miniature copies of published data sets, and the real data that some machines have."""

import csv
from pathlib import Path

import numpy as np
import pytest
from casia2 import save
from miniatures import CSIQ_TYPES, cells, csiq_sheet, picture
from scipy.io import savemat

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def shared_data():
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the real data in ../shared/data")
    return SHARED_DATA


@pytest.fixture(scope="session")
def casia2_labels():
    """The real names of CASIA-2."""
    folder = SHARED_DATA / "labels" / "casia2"
    if not folder.is_dir():
        pytest.skip("needs the real names of CASIA-2 in ../shared/data")
    return folder


@pytest.fixture
def live(tmp_path):
    """Two references; of the 12 images in five folders, two are copies of references."""
    root = tmp_path / "live"
    counts = {"jp2k": 3, "jpeg": 3, "wn": 2, "gblur": 2, "fastfading": 2}
    for folder, count in counts.items():
        for number in range(1, count + 1):
            picture(root / folder / f"img{number}.bmp")
        (root / folder / "info.txt").write_text("bikes.bmp img1.bmp 0.5\n")
    for name in ("bikes", "woman"):
        picture(root / "refimgs" / f"{name}.bmp")
    orgs = np.zeros((1, 12))
    orgs[0, [2, 11]] = 1
    scores = np.arange(12.0)[np.newaxis] * (1 - orgs)
    savemat(root / "dmos.mat", {"dmos": scores, "orgs": orgs})
    savemat(
        root / "dmos_realigned.mat",
        {"dmos_new": scores + 0.5, "dmos_std": scores, "orgs": orgs},
    )
    names = ["bikes.bmp", "woman.bmp"] * 6
    savemat(root / "refnames_all.mat", {"refnames_all": cells(names).T})
    return root


@pytest.fixture
def tid2013(tmp_path):
    """Two references, 24 kinds, 5 levels, in the mixed case of the release."""
    root = tmp_path / "tid2013"
    lines = []
    for reference in ("01", "25"):
        for kind in range(1, 25):
            for level in range(1, 6):
                first = "I" if level == 1 else "i"
                lines.append(
                    f"{kind / 4 + level / 5:.5f} {first}{reference}_{kind:02}_{level}.bmp"
                )
                picture(root / "distorted_images" / f"i{reference}_{kind:02}_{level}.bmp")
    picture(root / "reference_images" / "I01.BMP")
    picture(root / "reference_images" / "i25.bmp")
    (root / "distorted_images" / "Thumbs.db").write_bytes(b"\0")
    (root / "mos_with_names.txt").write_bytes("\r\n".join([*lines, ""]).encode())
    return root


@pytest.fixture
def tid2008(tmp_path):
    root = tmp_path / "tid2008"
    names = [f"I01_{kind:02}_{level}.bmp" for kind in (1, 17) for level in range(1, 5)]
    for name in names:
        picture(root / "distorted_images" / name)
    picture(root / "reference_images" / "I01.BMP")
    (root / "mos_with_names.txt").write_text("\n".join(f"4.5 {name}" for name in names))
    return root


@pytest.fixture
def csiq(tmp_path):
    """Two references, six kinds, three levels; the sheet saved as text."""
    root = tmp_path / "csiq"
    for image in ("1600", "swarm"):
        picture(root / "src_imgs" / f"{image}.png")
        for folder, kind in CSIQ_TYPES.values():
            for level in (1, 2, 3):
                picture(root / "dst_imgs" / folder / f"{image}.{kind}.{level}.png")
    with open(root / "csiq.DMOS.csv", "w", newline="") as file:
        csv.writer(file).writerows(csiq_sheet())
    return root


@pytest.fixture
def live_md(tmp_path):
    """Two references in either part, and four images of each."""
    root = tmp_path / "live_md"
    for part, folder, kind in (("Part 1", "blurjpeg", "jpeg"), ("Part 2", "blurnoise", "noise")):
        ends = ("blur1", f"blur2_{kind}3", f"{kind}1", f"blur3_{kind}1")
        names = [f"{reference}_{end}.bmp" for reference in ("market", "palace2") for end in ends]
        for name in [*names, "market.bmp", "palace2.bmp"]:
            picture(root / part / folder / name)
        lists = {
            "distimgs": cells(names),
            "refimgs": cells(["market.bmp", "palace2.bmp"]),
            "ref4dist": np.repeat([[1], [2]], 4, axis=0),
        }
        savemat(root / part / "Imagelists.mat", lists)
        savemat(root / part / "Scores.mat", {"DMOSscores": np.arange(8.0)[np.newaxis]})
    return root


@pytest.fixture
def live_challenge(tmp_path):
    """Two training images in a folder of their own, and three others."""
    root = tmp_path / "live_challenge"
    names = ["t1.bmp", "t2.bmp", "100.bmp", "101.JPG", "3.bmp"]
    for name in names:
        picture(root / "Images" / ("trainingImages" if name[0] == "t" else "") / name)
    (root / "Data").mkdir()
    savemat(root / "Data" / "AllImages_release.mat", {"AllImages_release": cells(names)})
    scores = np.array([[60.0, 25.0, 32.5, 66.0, 44.0]])
    savemat(root / "Data" / "AllMOS_release.mat", {"AllMOS_release": scores})
    savemat(root / "Data" / "AllStdDev_release.mat", {"AllStdDev_release": scores / 4})
    return root


@pytest.fixture
def casia1(tmp_path, rng):
    """Four photographs and six tampered images; two masks have another name than their image."""
    root = tmp_path / "CASIA1"
    masks = root / "CASIA 1.0 groundtruth"
    for name in ("ani_0001", "arc_0059", "nat_0003", "txt_0001"):
        save(root / "Au" / f"Au_{name}.jpg", rng.integers(256, size=(32, 48, 3), dtype=np.uint8))
    for image, mask in (
        ("Sp_D_NRN_A_ani0001_arc0059_0404", "Sp/Sp_D_NRN_A_arc0059_ani0001_0404"),
        ("Sp_D_NNN_A_nat0003_ani0001.0288", "Sp/Sp_D_NNN_A_nat0003_ani0001.0288"),
        ("Sp_D_NNN_A_nat0003_nat0003_0333", "CM/Sp_S_NNN_A_nat0003_nat0003_0333"),
        ("Sp_S_NNN_A_arc0059_arc0059_0001", "CM/Sp_S_NNN_A_arc0059_arc0059_0001"),
        ("Sp_S_NNN_C_txt0001_txt0001_0001", "CM/Sp_S_NNN_C_txt0001_txt0001_0001"),
        ("Sp_S_NNN_R_txt0001_txt0001_0001", "CM/Sp_S_NNN_R_txt0001_txt0001_0001"),
    ):
        save(root / "Sp" / f"{image}.jpg", rng.integers(256, size=(32, 48, 3), dtype=np.uint8))
        save(masks / f"{mask}_gt.png", np.eye(32, 48, dtype=np.uint8) * 255)
    return root
