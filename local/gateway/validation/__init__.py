"""Validates operations as AppSync does: graphql-java 9's rules, in its order and its words."""
