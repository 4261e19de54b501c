"""The framework: from a request to a response."""
