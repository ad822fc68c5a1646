"""Commands that operators run with their own credentials (docs/runbook.md).

The Lambdas' bundle does not contain them.
"""
