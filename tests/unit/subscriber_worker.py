"""A reader of changes, which test_subscriber.py kills: `subscriber_worker.py DATABASE`, with a body in each line."""

import sys
from pathlib import Path

from completed_per_week import CompletedPerWeek, opened
from tasks_subscriber import Inbox

database = opened(Path(sys.argv[1]))
inbox, counts = Inbox(database, b"secret"), CompletedPerWeek(database)
for line in sys.stdin:
    print(inbox.receive(line, counts).value, flush=True)
