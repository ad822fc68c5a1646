"""AppSync for a deployed API: its execution, authorization and wire protocols, for real clients on this machine."""
