"""The Lambdas of the event path: relay (stream to SNS) and processor (SQS to projections and live updates)."""
