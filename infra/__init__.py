"""Infrastructure: the local stack, container images and the configuration of the servers."""
