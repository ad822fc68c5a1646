"""The use cases of the product, one in each module."""
