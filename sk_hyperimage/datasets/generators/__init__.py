"""Data sets that are made: synthetic artifacts, damaged and forged photographs."""
