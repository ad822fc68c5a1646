"""Reads an API from CloudFormation templates: from CDK's cloud assembly (`cdk.out`), or from a template file."""
