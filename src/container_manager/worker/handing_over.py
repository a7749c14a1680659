"""What a worker does last: its jobs go to whoever comes next."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import suppress

from django.db import DatabaseError, InterfaceError

from container_manager.services.claims import return_claim
from container_manager.services.leases import LeaseLostError, hand_back, sign_off
from container_manager.worker.attempt_scope import AttemptScope
from container_manager.worker.bridge import Bridge

logger = logging.getLogger(__name__)


async def hand_over(bridge: Bridge, worker: str, scopes: Sequence[AttemptScope]) -> None:
    """Leave these attempts, which nobody looks after here any more, to the next worker, and sign off.

    Where the database is away nothing is lost either: the leases run out, and the jobs are taken over then.
    """
    try:
        for scope in scopes:
            if scope.claimed.fresh and not scope.was_handed_over and not scope.is_clearing:
                with suppress(LeaseLostError):
                    await bridge.call(return_claim, scope.lease)
        await bridge.call(hand_back, [scope.lease for scope in scopes])
        await bridge.call(sign_off, worker, os.getpid())
    except (DatabaseError, InterfaceError) as error:
        extra = {"action": "hand-over", "error": str(error)}
        words = "nothing could be handed over, others take the jobs when their leases have run out: %s"
        logger.warning(words, error, extra=extra)
