"""The commands of `appsync-offline`."""
