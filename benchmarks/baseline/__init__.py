"""What people would build instead: the usual tutorial's design, for comparison only (never imported by the product).

One Lambda handler per operation, a dependency-injector container, boto3's resource, a put and then one publish per
event within the request, changes without a condition.
"""
