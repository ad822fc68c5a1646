"""Builds the web pages of the local stack, the console and the board, and runs them for deployed stages."""
