"""Lambdas beside the product, which import nothing of it: most watch it from outside, one guards sign-ins."""
