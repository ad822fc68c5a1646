"""What operators run with their own credentials (docs/runbook.md). Nothing here is in the Lambdas' bundle."""
