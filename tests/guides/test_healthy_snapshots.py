"""What a healthy system prints and reports gets no verdict, whether or not its exit code is known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.runner import builtin_engine
from sickbay.safety.outcome import State

SNAPSHOTS = {
    "containers": """\
CONTAINER ID   IMAGE          COMMAND                  CREATED       STATUS                 PORTS      NAMES
0d1f5c7a2b3e   postgres:16    "docker-entrypoint.s…"   3 hours ago   Up 3 hours (healthy)   5432/tcp   shop-db-1
77c0a9e4f1aa   shop:1.8       "gunicorn shop.wsgi"     3 hours ago   Up 3 hours (healthy)   8000/tcp   shop-web-1
5b8f3d2c9e10   busybox:1.36   "true"                   4 hours ago   Exited (0) 4 hours ago            once
""",
    "engine": """\
Server:
 Containers: 3
  Running: 2
  Paused: 0
  Stopped: 1
 Server Version: 27.3.1
 Storage Driver: overlay2
 Cgroup Driver: systemd
 Cgroup Version: 2
 Security Options:
  apparmor
  seccomp
   Profile: builtin
""",
    "compose": """\
web-1  | [2026-11-20 09:00:01 +0000] [1] [INFO] Starting gunicorn 23.0.0
web-1  | [2026-11-20 09:00:01 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)
db-1   | 2026-11-20 08:59:58.101 UTC [1] LOG:  database system is ready to accept connections
""",
    "access log": """\
10.0.0.9 - - [20/Nov/2026:09:01:00 +0000] "GET /healthz HTTP/1.1" 200 2 "-" "kube-probe/1.31"
10.0.0.9 - - [20/Nov/2026:09:01:02 +0000] "GET /errors/404 HTTP/1.1" 200 812 "-" "Mozilla/5.0"
10.0.0.9 - - [20/Nov/2026:09:01:04 +0000] "POST /login HTTP/1.1" 302 0 "-" "Mozilla/5.0"
""",
    "checks": "System check identified no issues (0 silenced).\n",
    "migrations": """\
Operations to perform:
  Apply all migrations: auth, contenttypes, shop
Running migrations:
  No migrations to apply.
""",
    "tests": """\
============================= test session starts ==============================
collected 214 items

tests/test_errors.py ....................                                [  9%]
tests/test_timeouts.py ....s...................                          [ 21%]
======================= 213 passed, 1 skipped in 12.41s ========================
""",
    "disk": """\
Filesystem     1024-blocks     Used Available Capacity Mounted on
/dev/sda1         81106868 23117372  57973112      29% /
tmpfs              4012860        0   4012860       0% /dev/shm
""",
    "memory": """\
               total        used        free      shared  buff/cache   available
Mem:            7837        2210        1893          12        3733        5345
Swap:           2047           0        2047
""",
    "database log": """\
2026-11-20 09:00:00.001 UTC [27] LOG:  checkpoint starting: time
2026-11-20 09:00:04.318 UTC [27] LOG:  checkpoint complete: wrote 44 buffers (0.3%); 0 WAL file(s) added
""",
    "build": """\
#8 [4/5] RUN pip install --no-cache-dir -r requirements.txt
#8 3.112 Successfully installed asgiref-3.8.1 django-5.2.1 sqlparse-0.5.2
#9 exporting to image
#9 writing image sha256:6f1c2a done
""",
    "worker": """\
2026-11-20T09:00:00Z INFO worker w1 started, concurrency 4
2026-11-20T09:00:03Z INFO job 17 launching on host local
2026-11-20T09:00:05Z INFO job 17 completed with exit code 0 after 1.9 s
""",
}

FACTS: Mapping[str, Mapping[str, object]] = {
    "completed": {"job_status": "completed", "exit_code": 0, "memory_limit_mb": 256, "peak_memory_mb": 81},
    "running": {"job_status": "running", "hosts_total": 2, "hosts_available": 2, "workers_alive": 1},
    "little to do": {"job_status": "completed", "exit_code": 0, "oom_killed": False, "cancel_requested": False},
}


@pytest.mark.parametrize("name", SNAPSHOTS)
@pytest.mark.parametrize("context", [{}, {"exit_code": 0}], ids=["bare", "with exit code"])
def test_what_the_healthy_prints_gets_no_verdict(name: str, context: dict[str, object]) -> None:
    facts = Facts(
        values={fact.name: fact for fact in facts_from_context(context)},
        texts=(text_source("text", SNAPSHOTS[name].encode()),),
    )
    diagnosis = builtin_engine().diagnose(facts)
    assert (diagnosis.state, diagnosis.verdicts) == (State.OK, ())


@pytest.mark.parametrize("name", FACTS)
def test_what_is_known_of_a_healthy_job_gets_no_verdict(name: str) -> None:
    facts = Facts(values={fact.name: fact for fact in facts_from_context(FACTS[name])})
    diagnosis = builtin_engine().diagnose(facts)
    assert (diagnosis.state, diagnosis.verdicts) == (State.OK, ())


def test_all_of_it_in_one_text_gets_no_verdict() -> None:
    text = "".join(SNAPSHOTS.values())
    assert builtin_engine().diagnose(Facts(texts=(text_source("text", text.encode()),))).verdicts == ()
