"""The whole product on one machine: the embedded cloud, the AppSync gateway, the console."""
