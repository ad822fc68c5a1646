"""What resolvers call, and where keys are stored: Lambda functions, MiniStack's processes and access keys."""
