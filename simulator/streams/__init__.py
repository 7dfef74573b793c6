"""The records of each stream that a simulated area produces."""
