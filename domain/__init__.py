"""The business rules of tasks. The package uses only the standard library and performs no input or output."""
