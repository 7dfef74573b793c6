"""Where Livelihood runs: the local stack, container images, server configuration."""
