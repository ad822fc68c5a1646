"""Operators' commands: `python -m operations COMMAND --stack NAME`, with the operator's own credentials.

docs/runbook.md says when to run which. The Lambdas' bundle does not contain this package.
"""
