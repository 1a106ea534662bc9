"""Table 3 of the hyper-image paper: classification accuracy on CASIA-2, split at random."""

# Names of models, as in the tables of this script.
END_TO_END = "End-to-end CNN"
MARKOV = "Markov features + SVM"
TWO_STAGE = "Two-stage"

TABLE3 = {END_TO_END: 0.7522, MARKOV: 0.7920, TWO_STAGE: 0.8311}
