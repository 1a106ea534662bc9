"""Runs fuzz cases: each ends in a finite result or in an exception that is documented."""

import signal
import threading
import warnings
from collections import Counter
from contextlib import contextmanager

import numpy as np

from fuzz import architectures, estimators, files, functions, roads

CASES = {
    "image files": files.case,
    "training data": estimators.training_case,
    "prediction data": estimators.prediction_case,
    "metadata": estimators.metadata_case,
    "parameters": estimators.parameter_case,
    "layer strings": architectures.case,
    "functions": functions.case,
    "roads": roads.case,
}
DOCUMENTED = (ValueError, TypeError, OSError)
SECONDS = 60  # for one case, which takes hundredths on an idle machine


class Hang(BaseException):
    """A case takes too long."""


@contextmanager
def time_limit():
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def stop(*_):
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def run_case(kind, index, seed, folder, *, caught=True):
    """How one case ends: "result", the name of a documented exception, or "FAILURE"."""
    rng = np.random.default_rng([seed, list(CASES).index(kind), index])
    text = "while it was made"
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), time_limit():
            warnings.simplefilter("ignore")
            run, text, file = CASES[kind](rng, folder)
            try:
                values = np.asarray(run())
            except DOCUMENTED as error:
                return check_exception(error, file), text
        if values.dtype.kind in "fc" and not np.isfinite(values).all():
            return "FAILURE: silent NaN or infinity", text
        return "result", text
    except Hang:
        return f"FAILURE: no end within {SECONDS} s", text
    except Exception as error:
        if not caught:
            raise
        return f"FAILURE: {type(error).__name__}: {error}"[:300], text


def check_exception(error, file):
    """The name of an exception that says something, about one file its name."""
    message = str(error)
    if not message:
        return f"FAILURE: {type(error).__name__} without a message"
    if file is not None and file not in message and not message.startswith("X "):
        return f"FAILURE: {type(error).__name__} without the file's name: {message[:200]}"
    return next(kind.__name__ for kind in DOCUMENTED if isinstance(error, kind))


def run_cases(n_cases, seed, folder, report=print, kinds=None):
    """Run as many cases of every kind; give how they ended, by kind, and the failures."""
    counts, failures = {}, []
    for kind in kinds or CASES:
        counts[kind] = Counter()
        for index in range(n_cases):
            end, text = run_case(kind, index, seed, folder)
            counts[kind][end.split(":")[0]] += 1
            if end.startswith("FAILURE"):
                failures.append(f"{kind} {index} (seed {seed}): {text}: {end}")
                report(failures[-1])
    return counts, failures
