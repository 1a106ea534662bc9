"""The command line: a saved model and a folder of images in, a table out."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence

# What the command answers the shell: done; done, but not for every file; refused; interrupted.
DONE, WITH_PROBLEMS, REFUSED, INTERRUPTED = 0, 1, 2, 130

EPILOG = """\
Only files that save_model wrote are read, and none of them runs code. The exit status is 0 if
every image was scored, 1 if the table gives a problem for some of them, 2 if the command was
refused.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, default=None
        None: those that the program was called with.

    Returns
    -------
    status : int
        For the shell, 0 if nothing went wrong.
    """
    given = _parser().parse_args(arguments)
    try:
        if given.command == "info":
            from sk_hyperimage.cli._info import describe_model

            print("\n".join(describe_model(given.model)))
            return DONE
        if given.command == "regions":
            from sk_hyperimage.cli._regions import list_regions

            n_problems = list_regions(
                given.model,
                given.folder,
                output=given.output,
                threshold=given.threshold,
                min_area=given.min_area,
                any_version=given.any_version,
            )
            return WITH_PROBLEMS if n_problems else DONE
        from sk_hyperimage.cli._predict import predict_folder

        n_problems = predict_folder(
            given.model,
            given.folder,
            output=given.output,
            maps=given.maps,
            threshold=given.threshold,
            any_version=given.any_version,
        )
        return WITH_PROBLEMS if n_problems else DONE
    except KeyboardInterrupt:
        print("sk_hyperimage: interrupted; later images have no row", file=sys.stderr)
        return INTERRUPTED
    except (OSError, ValueError, ImportError) as error:
        print(f"sk_hyperimage: {error}", file=sys.stderr)
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m sk_hyperimage", description=__doc__, epilog=EPILOG, allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    predict = commands.add_parser(
        "predict", help="score all images in a folder", epilog=EPILOG, allow_abbrev=False
    )
    predict.add_argument("model", metavar="MODEL", help="a file that save_model wrote")
    predict.add_argument("folder", metavar="FOLDER", help="a folder of images, folders included")
    predict.add_argument(
        "-o", "--output", metavar="CSV", help="the table; without it, standard output"
    )
    predict.add_argument(
        "--maps", metavar="DIR", help="write the map of every image over it, as PNG, into DIR"
    )
    predict.add_argument(
        "--threshold",
        type=_finite,
        metavar="SCORE",
        help="a column that says whether an image is at least as good as SCORE",
    )
    predict.add_argument(
        "--any-version",
        action="store_true",
        help="use a model that another version of this package or of scikit-learn saved",
    )
    _add_regions(commands)
    info = commands.add_parser(
        "info", help="say what a model takes and predicts", allow_abbrev=False
    )
    info.add_argument("model", metavar="MODEL", help="a file that save_model wrote")
    return parser


def _add_regions(commands: argparse._SubParsersAction) -> None:
    regions = commands.add_parser(
        "regions",
        help="list the damaged regions of all images in a folder",
        description="Boxes of a detector, or around the regions of a model's map, in pixels.",
        allow_abbrev=False,
    )
    regions.add_argument("model", metavar="MODEL", help="a file that save_model wrote")
    regions.add_argument("folder", metavar="FOLDER", help="a folder of images, folders included")
    regions.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="a table .csv, or COCO's .json"
    )
    regions.add_argument(
        "--threshold",
        type=_finite,
        metavar="VALUE",
        help="from which value of the map, or score of a box, on; of scores where less is worse, "
        "up to which",
    )
    regions.add_argument(
        "--min-area", type=int, default=1, metavar="PIXELS", help="leave out smaller regions"
    )
    regions.add_argument(
        "--any-version",
        action="store_true",
        help="use a model that another version of this package or of scikit-learn saved",
    )


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number")
    return number
