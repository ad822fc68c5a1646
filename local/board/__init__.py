"""The board of `examples/board`: built for the local stack, or run from its sources."""
