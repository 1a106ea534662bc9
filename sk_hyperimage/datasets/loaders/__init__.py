"""Loaders of data sets on the user's disk, and of photographs that come with dependencies."""
