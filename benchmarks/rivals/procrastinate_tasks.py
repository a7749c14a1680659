"""procrastinate's worker on tasks that do nothing."""

from __future__ import annotations

import asyncio
import os
import sys

import procrastinate

from benchmarks.rivals.timing import Timing

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(
        conninfo=f"host={os.environ['SICKBAY_TEST_POSTGRESQL']} user=sickbay dbname=sickbay"
    )
)


@app.task
async def nothing() -> None:
    """Do nothing."""


async def main(jobs: int, concurrency: int) -> None:
    """Submit, then run a worker until nothing is left."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await nothing.configure().batch_defer_async(*({} for _ in range(jobs)))
        with Timing():
            await app.run_worker_async(wait=False, concurrency=concurrency, install_signal_handlers=False)
        done = [job async for job in _done()]
    if len(done) != jobs:
        sys.exit(f"{len(done)} of {jobs} are done")


async def _done():  # noqa: ANN202  (rows of the rival's own type)
    for job in await app.job_manager.list_jobs_async(status="succeeded"):
        yield job


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
