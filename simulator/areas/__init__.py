"""The simulated areas: people, employers, projects and their histories."""
