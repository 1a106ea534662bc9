"""Supervisions: the patches a first stage is trained on, and their targets; one file each."""
