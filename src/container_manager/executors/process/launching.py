"""Starting one attempt: its directory, its groups, its shim. Blocking, for a thread."""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import container_manager
from container_manager.executors.base import ExecutorUnavailableError, LaunchRefusedError
from container_manager.executors.process import cgroups, translate
from container_manager.executors.process.belongings import Belongings
from container_manager.executors.process.directory import AttemptDirectory
from container_manager.executors.process.shim import order
from container_manager.fault_points import fault_point
from container_manager.runspec.spec import RunSpec

#: How long a shim may take to answer. It takes some 20 ms; a machine that needs longer than this is ill.
ANSWER_SECONDS = 30.0

_SHIM = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from container_manager.executors.process.shim.supervisor import main; main()"
)


def launch(
    directory: AttemptDirectory, spec: RunSpec, hierarchy: cgroups.Hierarchy | None, belongings: Belongings
) -> bool:
    """Start the attempt unless it was started before. ``False``: somebody else is just doing it, ask again.

    Raises :class:`LaunchRefusedError`, with nothing left behind, :class:`ExecutorUnavailableError`, or ``OSError``.
    """
    identity = identity_of(spec.user) if spec.user is not None else None
    if directory.has_begun() or directory.outcome():
        return True
    try:
        directory.create()
        lock = directory.take_lock()
    except FileNotFoundError:  # it is being removed just now
        return False
    if lock is None:
        return False
    try:
        if not (directory.started() or directory.outcome()):
            _start(directory, belongings.place(directory, spec, identity), hierarchy, identity, lock)
    except LaunchRefusedError:
        cgroups.remove_groups(directory.groups())
        belongings.forget(directory.name)
        directory.delete()
        raise
    finally:
        os.close(lock)  # the shim, if there is one, holds it on
    return True


def identity_of(user: str) -> translate.Identity:
    """Return the numbers of ``name``, ``uid``, ``name:group`` or ``uid:gid``. Raises :class:`LaunchRefusedError`."""
    name, _, group = user.partition(":")
    try:
        entry = pwd.getpwuid(int(name)) if name.isdecimal() else pwd.getpwnam(name)
    except (KeyError, OverflowError):
        entry = None
    if entry is None and not name.isdecimal():
        raise translate.unknown_user(user, "the user")
    try:
        gid = int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid if group else None
    except KeyError:
        raise translate.unknown_user(user, "the group") from None
    uid = int(name) if entry is None else entry.pw_uid
    if gid is None:
        gid = entry.pw_gid if entry is not None else uid  # never a group of somebody else's, least of all root's
    groups = os.getgrouplist(entry.pw_name, gid) if entry is not None and not group else [gid]
    return translate.Identity(uid=uid, gid=gid, groups=tuple(groups))


def _start(
    directory: AttemptDirectory,
    spec: RunSpec,
    hierarchy: cgroups.Hierarchy | None,
    identity: translate.Identity | None,
    lock: int,
) -> None:
    cgroups.remove_groups(directory.groups())  # of a launch that was cut short, perhaps in another place
    groups = hierarchy.group_paths(directory.name) if hierarchy is not None else ()
    fault_point("creating")
    directory.write_plan(_plan(spec, groups))
    if hierarchy is not None:
        _make_groups(hierarchy, directory.name, spec)
    fault_point("created")
    if identity is not None:
        _open_to(identity, directory)
    scratch = str(directory.scratch)
    items = translate.order_items(
        spec, directory=str(directory.path), scratch=scratch, groups=groups, identity=identity
    )
    fault_point("starting")
    answer, _, detail = _run_shim(directory, [*items, ("lock", str(lock))], lock).partition(" ")
    if answer == "refused":
        step, _, number = detail.partition(" ")
        raise _refusal(step, int(number), spec, scratch)
    if answer != "started":
        raise ExecutorUnavailableError(
            f"the attempt's supervisor did not start: {directory.complaint() or 'no answer'}"
        )
    fault_point("started")


def _plan(spec: RunSpec, groups: Sequence[str]) -> dict[str, object]:
    """Return what is worth keeping of a spec: the names of variables, never their values."""
    return {
        "image": spec.image,
        "command": spec.command,
        "variables": sorted(spec.environment),
        "working_directory": spec.working_directory,
        "user": spec.user,
        "memory_limit_mb": spec.memory_limit_mb,
        "cpu_limit": spec.cpu_limit,
        "labels": dict(spec.labels),
        "groups": groups,
    }


def _make_groups(hierarchy: cgroups.Hierarchy, name: str, spec: RunSpec) -> None:
    try:
        cgroups.make_groups(hierarchy, name, translate.limits_of(spec))
    except OSError as error:
        raise translate.failed_step("limits", error.errno or 0, spec) from error


def _open_to(identity: translate.Identity, directory: AttemptDirectory) -> None:
    """Let another user reach the scratch directory: on the way there, folders may be passed but not listed."""
    for folder in (directory.path.parent, directory.path):
        folder.chmod(stat.S_IRWXU | stat.S_IXGRP | stat.S_IXOTH)
    os.chown(directory.scratch, identity.uid, identity.gid)


def _run_shim(directory: AttemptDirectory, items: Sequence[tuple[str, str]], lock: int) -> str:
    source = str(Path(container_manager.__file__).parents[1])
    complaints = os.open(directory.path / "shim.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        shim = subprocess.Popen(  # noqa: S603  our own program, by a fixed command
            [sys.executable, "-I", "-S", "-c", _SHIM, source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd="/",
            env={"LC_ALL": "C.UTF-8"},
            pass_fds=(lock,),
        )
    finally:
        os.close(complaints)
    with shim:
        try:
            answer, _ = shim.communicate(order.encode(items), timeout=ANSWER_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ExecutorUnavailableError(f"no answer from the supervisor in {ANSWER_SECONDS:.0f} s") from error
    return answer.decode()


def _refusal(step: str, number: int, spec: RunSpec, scratch: str) -> LaunchRefusedError:
    """Say more precisely than the error number what is wrong with the command."""
    command = spec.command[0]
    file = Path(spec.working_directory or scratch, command)
    if step == "command" and "/" in command:
        if file.is_dir():
            return translate.failed_step(step, errno.EISDIR, spec)
        return translate.failed_step(
            step, number, spec, script_without_interpreter=number == errno.ENOENT and file.exists()
        )
    return translate.failed_step(step, number, spec)
