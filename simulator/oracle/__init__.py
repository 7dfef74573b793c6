"""The oracle: true indicator values computed from the simulated people, without SQL."""
