"""Private: scikit-learn's contract, validation, threads, files that are whole or absent."""
