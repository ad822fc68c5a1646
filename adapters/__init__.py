"""The AWS implementations of the protocols in domain/ports.py."""
