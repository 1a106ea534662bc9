"""``python -m sk_hyperimage predict`` on a folder of photographs, some of them broken.

Every count of photographs runs in a process of its own, which says how much processor time the
command took once everything was imported, its peak resident memory, and how much ``predict`` takes
for all files that can be read in one call. Processor time, because so long a run seldom has the
machine for itself.
"""

import csv
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _measure import Comparison, show
from memory import peak_bytes

COUNTS = (100, 500)
N_BROKEN = 5
SHAPE = 384, 512
LIMIT_GB = 1.5


def write_photographs(folder, n_photographs):
    """JPEG files of crops of real photographs, the last ones cut short."""
    from PIL import Image
    from skimage import data
    from sklearn.datasets import load_sample_image

    photographs = [load_sample_image("china.jpg"), load_sample_image("flower.jpg")]
    photographs += [data.stereo_motorcycle()[0], data.coffee(), data.rocket(), data.astronaut()]
    rng = np.random.default_rng(0)
    paths = []
    for index in range(n_photographs):
        photograph = photographs[index % len(photographs)][:, :: rng.choice([-1, 1])]
        top = rng.integers(0, len(photograph) - SHAPE[0] + 1)
        left = rng.integers(0, photograph.shape[1] - SHAPE[1] + 1)
        crop = photograph[top : top + SHAPE[0], left : left + SHAPE[1]]
        paths.append(Path(folder, f"{index:03}.jpg"))
        Image.fromarray(crop).save(paths[-1], quality=int(rng.integers(10, 95)))
    for path in paths[-N_BROKEN:]:
        path.write_bytes(path.read_bytes()[:2000])
    return paths


def save_default_model(path, images):
    """HyperImageRegressor with its defaults; scores are random and do not change the time."""
    from sk_hyperimage.ensemble import HyperImageRegressor
    from sk_hyperimage.persistence import save_model

    scores = np.random.default_rng(0).random(len(images))
    model = HyperImageRegressor(random_state=0).set_params(patch_estimator__max_epochs=1)
    save_model(model.fit(images, scores), path)


def run(model, folder):
    """Processor seconds and bytes of the command on a folder, and seconds of `predict` alone."""
    from sk_hyperimage.cli import _predict, main  # noqa: F401  imported before the clock starts
    from sk_hyperimage.persistence import load_model

    with tempfile.TemporaryDirectory() as place:
        table = Path(place, "scores.csv")
        started = time.process_time()
        status = main(["predict", model, folder, "-o", str(table)])
        seconds = time.process_time() - started
        with open(table, newline="") as file:
            rows = list(csv.DictReader(file))
    peak = peak_bytes()
    scored = [str(Path(folder, row["file"])) for row in rows if not row["problem"]]
    if status != 1 or len(rows) - len(scored) != N_BROKEN:
        raise RuntimeError(f"status {status}, {len(scored)} of {len(rows)} photographs scored")
    loaded = load_model(model)
    started = time.process_time()
    at_once = loaded.predict(scored)
    in_one_call = time.process_time() - started
    given = [float(row["score"]) for row in rows if not row["problem"]]
    np.testing.assert_allclose(given, at_once, rtol=1e-4)
    return {"seconds": seconds, "in_one_call": in_one_call, "peak": peak, "n": len(rows)}


def compare():
    found = {}
    with tempfile.TemporaryDirectory() as place:
        model = str(Path(place, "quality.model"))
        for count in COUNTS:
            folder = Path(place, str(count))
            folder.mkdir()
            paths = write_photographs(folder, count)
            if not Path(model).exists():
                save_default_model(model, [str(path) for path in paths[:30]])
            command = [sys.executable, __file__, model, str(folder)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[count] = json.loads(done.stdout)
    few, many = (found[count] for count in COUNTS)
    name = f"a folder of {many['n']} photographs, {N_BROKEN} broken, to a table"

    def each(kind):
        return f"{1e3 * many[kind] / many['n']:.0f} ms of processor time an image"

    def memory(run):
        return f"{run['n']} photographs: {run['peak'] / 1e9:.2f} GB"

    return [
        Comparison(
            name,
            f"the command: {each('seconds')}",
            f"predict in one call: {each('in_one_call')}",
            many["seconds"] / many["in_one_call"],
            "x the time",
            "<= 1.5",
        ),
        Comparison(name, memory(many), memory(few), many["peak"] / few["peak"], "x", "<= 1.1"),
        Comparison(
            name,
            memory(many),
            f"limit: {LIMIT_GB} GB",
            many["peak"] / 1e9 / LIMIT_GB,
            "x",
            "<= 1",
        ),
    ]


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(run(*sys.argv[1:])))
    else:
        show(compare())
