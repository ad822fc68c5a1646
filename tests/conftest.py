"""What holds for every test."""

# moto answers the clients of sessions that are made after this import. A test module may make one when it is imported.
import moto.core.models  # noqa: F401
