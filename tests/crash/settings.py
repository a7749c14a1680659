"""Settings of the workers that are killed: the example's, with a lease that does not take a minute to run out."""

from example.settings import *  # noqa: F403  (settings are meant to be taken over whole)

CONTAINER_MANAGER = {
    "lease_seconds": 2.0,
    "heartbeat_seconds": 0.4,
    "reconcile_seconds": 1.0,
    "poll_seconds": 0.1,
    "log_flush_seconds": 0.1,
    "concurrency": 8,
}
