"""What the domain asks of the outside, on AWS."""
