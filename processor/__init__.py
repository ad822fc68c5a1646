"""The event Lambdas: relay (stream to SNS) and processor (SQS to projections and live updates)."""
