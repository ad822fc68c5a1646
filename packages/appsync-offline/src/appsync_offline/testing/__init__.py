"""Builders of APIs and served gateways, for the tests of the gateway and of products that use it."""
