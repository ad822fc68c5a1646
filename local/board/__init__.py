"""Builds the board of `examples/board` for the local stack, or runs it from its sources."""
