"""What resolvers call: Lambda functions."""
