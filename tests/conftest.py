"""Settings of every test."""

# moto only answers clients of sessions that are created after this import, and a test module may create a session when
# it is imported.
import moto.core.models  # noqa: F401
