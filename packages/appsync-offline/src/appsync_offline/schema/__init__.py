"""The executable schema: AppSync's scalars and directives, and what AppSync would refuse to deploy."""
