"""The use cases of callers. Each takes the actor first and decides itself what the actor may do."""
