"""Reads the changes of the Tasks API from a queue: once each, in spite of duplicates, disorder, replays and erasures.

`tasks_subscriber.infrastructure` is a CDK construct with the queue, and needs the extra `cdk`. The rest uses only the
standard library.
"""

from tasks_subscriber.inbox import Inbox, Outcome, Subscriber
from tasks_subscriber.messages import Change, Erasure, Event, Unreadable, read
from tasks_subscriber.polling import poll

__all__ = ["Change", "Erasure", "Event", "Inbox", "Outcome", "Subscriber", "Unreadable", "poll", "read"]
