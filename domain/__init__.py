"""The rules of tasks: standard library only, no input or output."""
