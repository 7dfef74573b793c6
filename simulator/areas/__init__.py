"""The simulated areas: people, employers and their working lives."""
