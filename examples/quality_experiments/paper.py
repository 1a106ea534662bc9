"""Published SROCC and PLCC: Table 2 of the hyper-image paper, Table III of paper 4."""

# Names of models, as in the tables of this script.
CNN = "CNN"
SELECTED = "CNN + selection"
TWO_STAGE = "CNN + selection + stage two"

TABLE2 = {
    "live": {
        "DIIVINE": (0.916, 0.917),
        "BLIINDS-II": (0.9306, 0.9302),
        "BRISQUE": (0.9395, 0.9424),
        "CORNIA": (0.942, 0.935),
        SELECTED: (0.956, 0.953),
        TWO_STAGE: (0.9581, 0.9585),
    },
    "tid-selection": {
        CNN: (0.6618, 0.6907),
        SELECTED: (0.761, 0.7627),
        TWO_STAGE: (0.7875, 0.7738),
    },
    "tid-4": {SELECTED: (0.92, 0.921), TWO_STAGE: (0.932, 0.932)},
    "tid-6": {SELECTED: (0.625, 0.653), TWO_STAGE: (0.76, 0.755)},
    "tid-24": {SELECTED: (0.761, 0.763), TWO_STAGE: (0.788, 0.774)},
    "end-to-end": {"shallow": (0.2392, 0.4082), "deep": (0.3952, 0.52)},
    "vgg": {"VGG-16": (0.6236, 0.6843), "VGG-16 + stage two": (0.6878, 0.713)},
}

# On LIVE and on the whole LIVE In the Wild, of which the experiments have parts.
TABLE3 = {
    "survey-live-subset": {
        "BRISQUE": (0.939, 0.942),
        "CORNIA": (0.942, 0.943),
        "BIECON": (0.958, 0.960),
        "DIQA": (0.970, 0.972),
        "Image-wise": (0.963, 0.964),
    },
    "survey-live-challenge": {
        "BRISQUE": (0.607, 0.585),
        "CORNIA": (0.618, 0.662),
        "BIECON": (0.595, 0.613),
        "DIQA": (0.687, 0.701),
        "Image-wise": (0.663, 0.705),
    },
}
