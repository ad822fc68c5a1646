"""Runs the Tasks API on one machine: the embedded cloud, the gateway and the console."""
