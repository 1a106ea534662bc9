"""Tables 1 and 3 of paper 3."""

# Accuracy of the networks that learn from scratch.
TABLE1 = {"IQA-CNN+": 0.820, "IQA-CNN++": 0.782}

# Mean average precision of the SSD over atrous VGG-16: trained on, tested on, IoU.
TABLE3 = {
    (trained_on, tested_on, threshold): value
    for trained_on, tested_on, values in (
        ("basic", "basic", (0.919, 0.906, 0.873)),
        ("difficult", "basic", (0.915, 0.864, 0.728)),
        ("basic", "difficult", (0.717, 0.467, 0.109)),
        ("difficult", "difficult", (0.908, 0.895, 0.785)),
    )
    for threshold, value in zip((0.5, 0.75, 0.9), values, strict=True)
}
