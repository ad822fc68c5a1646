"""The Lambda function that resolves the fields of the GraphQL API."""
