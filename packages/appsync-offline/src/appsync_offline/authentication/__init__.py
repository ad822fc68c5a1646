"""The authorization modes: API keys, user pools, OpenID Connect, IAM signatures and Lambda authorizers."""
