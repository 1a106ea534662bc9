"""The table of published networks, computed from their strings."""

import csv

from sk_hyperimage import architectures
from sk_hyperimage.neural_network.layers import n_parameters

SOURCES = {
    "KANG2014": "Table 5, LIVE/TID stage 1",
    "SYNTHETIC_STAGE1": "Table 4, Synthetic stage 1",
    "SYNTHETIC_STAGE2": "Table 4, Synthetic stage 2",
    "LIVE_STAGE2": "Table 4, LIVE stage 2",
    "TID_STAGE2": "Table 4, TID stage 2",
    "TID_SHALLOW": "Table 4, Shallow end-to-end network",
    "TID_DEEP": "Table 4, Deep end-to-end network",
    "VGG16_STAGE1": "Experiment 5",
    "FORGERY_CHANNEL": "Table 4, Forgery channel",
    "FORGERY_STAGE2": "Table 4, Forgery stage 2",
    "FORGERY_END_TO_END": "Table 4, Forgery end-to-end CNN",
    "BAYAR2016": "Bayar and Stamm 2016",
    "MISLNET2018": "Bayar and Stamm 2018",
    "DIQAM": "Bosse et al. 2018, DIQaM and WaDIQaM stage 1",
    "DIQAM_STAGE2": "Bosse et al. 2018, scores averaged",
    "WADIQAM_STAGE2": "Bosse et al. 2018, scores weighted",
    "PERCEPTRON_STAGE2": "Kim et al. 2017, Figure 4 d",
    "BIECON_STAGE1": "Kim and Lee 2017",
    "BIECON_STAGE2": "Kim and Lee 2017",
    "DIQA_STAGE1": "Kim, Nguyen and Lee 2019",
    "DIQA_STAGE2": "Kim, Nguyen and Lee 2019",
    "IMAGE_WISE": "Kim et al. 2017, image-wise",
    "DIQAM_FR": "Bosse et al. 2018, pairs",
    "DUAL_PATH": "Liang et al. 2016",
    "IQA_CNN_PLUS_PLUS": "Kang et al. 2015, IQA-CNN++",
}


def write(path):
    """Write name, source, input and number of parameters of every network."""
    path.parent.mkdir(exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Name", "Source", "Input", "Parameters"])
        for name, (_, shape, _) in architectures.RECORDS.items():
            count = n_parameters(getattr(architectures, name), shape)
            size = " x ".join(map(str, shape))
            writer.writerow([f"``{name}``", SOURCES[name], size, f"{count:,}"])
