"""The Tasks API on one machine: the embedded cloud, the gateway before it, the console."""
