"""The AppSync resolver Lambda."""
