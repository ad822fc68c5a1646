"""Text forms: Java's `toString`, strict JSON, log records on one line."""
