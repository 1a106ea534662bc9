"""Training and prediction in torch: batches, devices, memory, the loop and its callbacks."""
