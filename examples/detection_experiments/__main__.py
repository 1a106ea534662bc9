"""Paper 3: what kind of damage, and where? And the same question of real defects.

    python examples/detection_experiments classification --data ~/photographs --test ~/others
    python examples/detection_experiments regions --data ~/photographs --test ~/others
    python examples/detection_experiments tiles --data ~/magnetic_tiles

print tables and write them for the documentation. "classification" is Table 1 with networks that
learn from scratch, "regions" is Table 3 and Figure 3 with the light detector, "tiles" finds
defects of magnetic tiles. With ``--store`` a run that was interrupted goes on where it stopped.
"""

import argparse

import classification
import regions
import tiles
from tables import RESULTS

EXPERIMENTS = {"classification": classification, "regions": regions, "tiles": tiles}


def main(arguments=None):
    options = parse(arguments)
    EXPERIMENTS[options.experiment].run(options)


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="detection_experiments",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--data", required=True, help="folder of photographs, or of the tiles")
    parser.add_argument("--test", help="folder of other photographs")
    parser.add_argument("--photographs", type=int, help="to train on at most, the first by name")
    parser.add_argument("--images", type=int, default=8, help="of a photograph and sort of region")
    parser.add_argument("--test-images", type=int, default=20, help="the same, to test on")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--sets", type=int, default=3, help="of regions to train on, the first")
    parser.add_argument("--splits", type=int, default=5, help="of the tiles")
    parser.add_argument("--methods", nargs="+", help="rows of the table; all unless given")
    parser.add_argument("--quick", action="store_true", help="few images, one epoch")
    parser.add_argument("--device", default="auto", help="cpu, cuda, ...")
    parser.add_argument("--store", help="folder for what is finished, to go on after interruption")
    parser.add_argument("--output", default=RESULTS, help="folder for the table")
    options = parser.parse_args(arguments)
    if options.quick:
        options.images = options.test_images = options.splits = 2
        options.epochs = 1
    if options.test is None and options.experiment != "tiles":
        parser.error(f"{options.experiment} needs --test")
    return options


if __name__ == "__main__":
    main()
