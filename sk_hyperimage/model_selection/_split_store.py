"""Finished splits in a folder, one file each, safe from kills and from mixing with other runs."""

from __future__ import annotations

import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from sk_hyperimage.model_selection._fingerprint import differences
from sk_hyperimage.model_selection._splits import Split
from sk_hyperimage.utils._atomic import write_atomically

MANIFEST = "manifest.json"
KEY = "key"

# Scores or predictions of a split, by name.
Outcome = dict[str, np.ndarray]


class SplitStore:
    """Outcomes of finished splits in a folder.

    Parameters
    ----------
    folder : str or path-like
        Created if needed.
    fingerprint : dict
        Everything that outcomes depend on besides the split, as JSON. It is written to the folder,
        and its hash to every file, so that even two runs that start at once cannot mix.

    Raises
    ------
    ValueError
        If the folder holds splits of another fingerprint; nothing is written then.
    """

    def __init__(self, folder: str | os.PathLike, fingerprint: dict[str, object]):
        self.folder = Path(folder)
        text = json.dumps(fingerprint, indent=1, sort_keys=True)
        self.key = sha256(text.encode()).hexdigest()
        manifest = self.folder / MANIFEST
        if manifest.exists():
            self._check(manifest, fingerprint)
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(manifest, lambda file: file.write(text.encode()))

    def load(self, split: Split) -> Outcome | None:
        """Outcome of a split, None if it has not been finished."""
        path = self._path(split)
        if not path.exists():
            return None
        try:
            with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
                outcome = dict(file)
                key = outcome.pop(KEY)
        except Exception as error:  # as many as there are ways to damage an archive
            raise ValueError(
                f"the file {str(path)!r} is damaged ({error}); delete it, and its split is run "
                f"again"
            ) from error
        if str(key) != self.key:
            raise ValueError(
                f"the file {str(path)!r} was written by another model or data set than that of "
                f"{MANIFEST}; delete it, and its split is run again"
            )
        return outcome

    def save(self, split: Split, outcome: Outcome) -> None:
        """Keep the outcome of a finished split."""
        content: dict[str, Any] = {KEY: self.key, **outcome}
        write_atomically(self._path(split), lambda file: np.savez(file, **content))

    def _path(self, split: Split) -> Path:
        # Named by its content, a split is found even after others are added before it.
        content = json.dumps([part.tolist() for part in split])
        return self.folder / f"split-{sha256(content.encode()).hexdigest()[:24]}.npz"

    def _check(self, manifest: Path, fingerprint: dict[str, object]) -> None:
        try:
            there = json.loads(manifest.read_bytes())
        except ValueError as error:
            raise ValueError(
                f"the file {str(manifest)!r} is damaged ({error}); take another folder"
            ) from error
        found = list(differences(there, fingerprint))
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            raise ValueError(
                f"store {str(self.folder)!r} holds splits of another model, data set or version: "
                f"{'; '.join(found[:3])}{more}. Take another folder"
            )
