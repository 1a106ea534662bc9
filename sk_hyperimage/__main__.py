"""What ``python -m sk_hyperimage`` runs."""

from __future__ import annotations

import sys

from sk_hyperimage.cli import main

if __name__ == "__main__":
    sys.exit(main())
