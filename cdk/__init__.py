"""The AWS CDK app."""
