"""Thousands of malformed images and arguments, drawn from a seed."""
