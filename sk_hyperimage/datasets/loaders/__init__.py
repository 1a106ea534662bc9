"""Data sets that the user has on disk, and photographs that come with dependencies."""
