"""Subscriptions: AppSync's WebSocket protocol, the running subscriptions and their filters."""
