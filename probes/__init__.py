"""Lambdas that watch the product from outside: they call it as its callers do and import nothing of it."""
