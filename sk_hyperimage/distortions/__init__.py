"""What may happen to an image: operations, kinds of damage, regions, pasting."""
