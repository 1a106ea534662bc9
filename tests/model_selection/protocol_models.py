"""What tests of the protocol share, and worker processes import.

The model is slow enough to be killed, and says when it starts.
"""

import os
import time

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge

from sk_hyperimage.model_selection import (
    ReferenceShuffleSplit,
    cross_validate_quality,
    cross_validate_splits,
)


class PatientRegressor(RegressorMixin, BaseEstimator):
    """Least squares after `seconds` of waiting; every fit adds a line to the file `log`."""

    def __init__(self, seconds=0.0, log=None):
        self.seconds = seconds
        self.log = log

    def fit(self, X, y):
        with open(self.log, "a") as log:
            log.write(f"{os.getpid()}\n")
        time.sleep(self.seconds)
        self.coef_ = np.linalg.lstsq(X, y, rcond=None)[0]
        return self

    def predict(self, X):
        return X @ self.coef_


# Saturating scores of 60 images of 15 references, and three kinds of damage.
_rng = np.random.default_rng(0)
X = _rng.normal(size=(60, 4))
Y = np.tanh(X @ [0.2, 0.4, 0.6, 0.8]) + 0.1 * _rng.normal(size=60)
GROUPS = np.repeat(np.arange(15), 4)
KINDS = np.resize(["blur", "noise", "jpeg"], 60)
CV = ReferenceShuffleSplit(n_splits=4, random_state=0)


def run(model=None, X=X, y=Y, groups=GROUPS, cv=CV, **arguments):
    return cross_validate_quality(model or Ridge(), X, y, groups=groups, cv=cv, **arguments)


def scores(model=None, X=X, y=Y, groups=GROUPS, cv=CV, **arguments):
    return cross_validate_splits(model or Ridge(), X, y, groups=groups, cv=cv, **arguments)


def double(model, X):
    return 2 * model.predict(X)


def fits(folder):
    """How many fits have begun that log to this folder."""
    return len((folder / "fits.log").read_text().splitlines())
