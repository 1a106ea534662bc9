"""Which references train, validate and test in ten splits."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from sk_hyperimage.model_selection import ReferenceShuffleSplit

PARTS = {"training": "tab:blue", "validation": "tab:orange", "test": "tab:green"}
references = np.repeat(np.arange(25), 4)
splits = ReferenceShuffleSplit(n_splits=10, random_state=0)
parts = np.zeros((10, len(references)), dtype=int)
for row, (_, validation, test) in zip(
    parts, splits.split_with_validation(groups=references), strict=True
):
    row[validation] = 1
    row[test] = 2

figure, axis = plt.subplots(figsize=(8, 2.9))
axis.pcolormesh(parts, cmap=ListedColormap(list(PARTS.values())), vmin=0, vmax=2)
axis.vlines(np.arange(0, len(references) + 1, 4), 0, 10, color="white", linewidth=1.5)
axis.hlines(np.arange(11), 0, len(references), color="white", linewidth=1.5)
axis.set(
    xlabel="images, four of each reference",
    ylabel="split",
    xticks=range(0, 101, 20),
    yticks=np.arange(10) + 0.5,
    yticklabels=range(1, 11),
    xlim=(0, len(references)),
)
axis.invert_yaxis()
axis.legend(
    handles=[Patch(color=color, label=name) for name, color in PARTS.items()],
    loc="upper left",
    bbox_to_anchor=(1, 1),
)
