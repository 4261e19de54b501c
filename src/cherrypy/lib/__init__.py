"""What configuration names: the built-in tools and their public modules."""
