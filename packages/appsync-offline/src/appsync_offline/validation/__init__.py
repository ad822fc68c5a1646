"""Validates operations as AppSync does: by graphql-java 9's rules, in its order and with its messages."""
