"""The Lambdas of the event path (relay, processor) and the sweep of reminders."""
