"""Which patches teach a first stage, and what they are told; one file an answer."""
