"""Scores of an image against its pristine reference, each with a map; one file per score."""
