"""Private: scikit-learn's contract, validation, threads, files written atomically."""
