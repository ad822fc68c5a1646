"""The deployed API as AppSync's control plane describes it."""
