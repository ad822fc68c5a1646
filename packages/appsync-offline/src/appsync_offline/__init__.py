"""A local AppSync: executes and authorizes a deployed API's operations, and speaks AppSync's wire protocols."""
