"""Generated data sets: synthetic artifacts, damaged and forged photographs."""
