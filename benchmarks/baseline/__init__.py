"""The usual tutorial's design, for comparison only. The product never imports it.

It has one Lambda handler per operation, a dependency-injector container and boto3's resource. A request puts the item
and then publishes each event separately. Changes are written without a condition.
"""
