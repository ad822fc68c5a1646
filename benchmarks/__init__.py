"""Measurements of the Tasks API. Nothing here is asserted: figures depend on the machine."""
