"""The Lambdas of webhooks: the consumer that finds who wants an event, and the one that delivers messages."""
