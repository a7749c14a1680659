from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.request.job_request import InvalidJobError, JobRequest, JobRequestFields, check_request
from container_manager.runspec.relaxations import CAPABILITIES
from container_manager.runspec.spec import Hardening, Mount, MountKind, RunSpec
from container_manager.scheduling.policy import JobPolicy

FIELDS = sorted(JobRequestFields.__annotations__)


def problems_of(**fields: object) -> dict[str, str]:
    with pytest.raises(InvalidJobError) as caught:
        check_request({"image": "debian", **fields})
    return {problem.field: f"{problem.message} {problem.fix}" for problem in caught.value.problems}


def spec_of(**fields: object) -> RunSpec:
    return check_request({"image": "debian", **fields}).spec


def test_an_image_is_enough() -> None:
    assert check_request({"image": "debian"}) == JobRequest(spec=RunSpec(image="debian"))


@pytest.mark.parametrize("field", [field for field in FIELDS if field != "image"])
def test_none_means_not_given(field) -> None:
    assert check_request({"image": "debian", field: None}) == check_request({"image": "debian"})


def test_everything_that_is_given_is_kept() -> None:
    request = check_request(
        {
            "image": "debian:12",
            "command": "sh -c 'exit 3'",
            "name": "nightly",
            "environment": {"A": "1", "TOKEN": "x"},
            "secret_names": ["TOKEN"],
            "memory_limit": 64,
            "cpu_limit": 1,
            "timeout_seconds": 60,
            "stop_grace_seconds": 0,
            "working_directory": "/work",
            "user": "1000:1000",
            "labels": {"team": "media"},
            "mounts": [{"kind": "bind", "source": "/srv/in", "target": "/in/", "read_only": True}],
            "network": "none",
            "add_capabilities": ["cap_net_raw", "CHOWN"],
            "allow_new_privileges": True,
            "pids_limit": 10,
            "init": False,
            "read_only_root": True,
        }
    )
    hardening = Hardening(
        add_capabilities=("CHOWN", "NET_RAW"), allow_new_privileges=True, pids_limit=10, init=False, read_only_root=True
    )
    spec = RunSpec(
        image="debian:12",
        command=("sh", "-c", "exit 3"),
        environment={"A": "1", "TOKEN": "x"},
        secret_names=frozenset({"TOKEN"}),
        memory_limit_mb=64,
        cpu_limit=1.0,
        working_directory="/work",
        user="1000:1000",
        labels={"team": "media"},
        mounts=(Mount(kind=MountKind.BIND, source="/srv/in", target="/in", read_only=True),),
        network="none",
        hardening=hardening,
    )
    assert request == JobRequest(
        spec=spec, name="nightly", stop_grace_seconds=0.0, policy=JobPolicy(timeout_seconds=60.0)
    )


def test_every_wrong_field_is_named_at_once() -> None:
    found = problems_of(image="Debian", command="a | b", memory_limit="64m", cpu_limit=0, user="a b", mounts=5, cmd="x")
    assert sorted(found) == ["cmd", "command", "cpu_limit", "image", "memory_limit", "mounts", "user"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("memory_limit", 5, "at least 6 MB, not 5"),
        ("memory_limit", "512m", "Write 512."),
        ("memory_limit", "2g", "Write 2048."),
        ("memory_limit", "a lot", "For example 512."),
        ("memory_limit", 512.0, "Write 512."),
        ("memory_limit", True, "not bool"),
        ("memory_limit", 2**31, "at most"),
        ("memory_limit", 10**400, "a number that large"),
        ("cpu_limit", 0.001, "at least 0.01 cores"),
        ("cpu_limit", "2", "not str"),
        ("cpu_limit", True, "not bool"),
        ("cpu_limit", math.inf, "at most"),
        ("cpu_limit", math.nan, "not NaN"),
        ("timeout_seconds", 0, "at least"),
        ("timeout_seconds", -1, "at least"),
        ("timeout_seconds", math.inf, "at most"),
        ("stop_grace_seconds", -1, "at least 0"),
        ("pids_limit", 0, "at least 1"),
        ("pids_limit", -1, "at least 1"),
        ("init", 1, "True or False, not int"),
        ("read_only_root", "yes", "True or False"),
        ("name", "a" * 201, "At most 200"),
        ("name", "a\nb", "cannot be shown in one line"),
        ("name", 5, "Write '5'."),
        ("working_directory", "work", "Write '/work'."),
        ("user", 1000, "Write '1000'."),
        ("user", "a:b:c", "neither a user nor user:group"),
        ("network", "container:abc", "no network's name"),
        ("environment", ["A=1"], "Write {'NAME': 'value'}."),
        ("environment", {5: "x"}, "name that is int"),
        ("environment", {"": "x"}, "name that is empty"),
        ("environment['A']", {"A": 5}, "must be text, not int"),
        ("environment['A']", {"A": None}, "must be text, not None"),
        ("environment['A=B']", {"A=B": "x"}, "'=' in its name"),
        ("environment['A']", {"A": "x\0"}, "NUL"),
        ("labels['io.sickbay.job']", {"io.sickbay.job": "1"}, "reserved"),
        ("labels['a']", {"a": 1}, "must be text"),
        ("secret_names", ["TOKEN"], "no variable of environment"),
        ("secret_names", "TOKEN", "must be a list of variable names, not str"),
        ("secret_names", [5], "must hold names"),
        ("add_capabilities", "NET_ADMIN", "must be a list"),
        ("add_capabilities", ["NET_ADMN"], "Did you mean 'NET_ADMIN'?"),
        ("add_capabilities", ["ALL"], "Name the few that the job needs"),
        ("add_capabilities", [5], "must hold names"),
        ("env", {}, "Did you mean 'environment'?"),
        ("privileged", True, "No job is privileged"),
        ("memory_limt", 5, "Did you mean 'memory_limit'?"),
        ("docker_host", "x", "Did you mean 'host'?"),
        ("zzz", 5, "There are add_capabilities"),
    ],
)
def test_each_wrong_value_is_told_what_would_be_right(field, value, said) -> None:
    found = problems_of(**{field.partition("[")[0]: value})
    assert list(found) == [field]
    assert said in found[field]


def test_a_wrong_value_of_a_variable_is_not_repeated_because_it_may_be_secret() -> None:
    assert "735128" not in str(problems_of(environment={"PIN": 735128}))


def test_a_near_miss_of_a_secret_name_is_corrected() -> None:
    assert "Did you mean 'TOKEN'?" in problems_of(environment={"TOKEN": "x"}, secret_names=["TOKN"])["secret_names"]


def test_a_secret_name_is_not_blamed_for_a_variable_that_is_itself_wrong() -> None:
    assert list(problems_of(environment={"TOKEN": 5}, secret_names=["TOKEN"])) == ["environment['TOKEN']"]


@pytest.mark.parametrize(
    ("mount", "field", "said"),
    [
        ("/a:/b", "mounts[0]", "must be a dictionary, not str"),
        ({"target": "/b"}, "mounts[0].kind", "is missing. Choose one of bind, volume, tmpfs."),
        ({"kind": "nfs", "target": "/b"}, "mounts[0].kind", "'nfs' is no kind"),
        ({"kind": "tmpfs"}, "mounts[0].target", "is missing"),
        ({"kind": "tmpfs", "target": "b"}, "mounts[0].target", "not absolute"),
        ({"kind": "tmpfs", "target": "/x/.."}, "mounts[0].target", "container's root"),
        ({"kind": "tmpfs", "target": "/b", "source": "/a"}, "mounts[0].source", "no meaning for a tmpfs"),
        ({"kind": "tmpfs", "target": "/b", "size_mb": 0}, "mounts[0].size_mb", "at least 1 MB"),
        ({"kind": "bind", "target": "/b"}, "mounts[0].source", "path on the host"),
        ({"kind": "bind", "target": "/b", "source": "a"}, "mounts[0].source", "not absolute"),
        ({"kind": "bind", "target": "/b", "source": "/a", "size_mb": 5}, "mounts[0].size_mb", "no meaning"),
        ({"kind": "bind", "target": "/b", "source": "/a", "read_only": 1}, "mounts[0].read_only", "True or False"),
        ({"kind": "bind", "target": "/b", "source": "/a", "readonly": True}, "mounts[0]", "Did you mean 'read_only'?"),
        ({"kind": "bind", "target": "/b", "source": "/a", 10**400: True}, "mounts[0]", "There are kind, source"),
        ({"kind": "volume", "target": "/b"}, "mounts[0].source", "Name the volume"),
        ({"kind": "volume", "target": "/b", "source": "/a"}, "mounts[0].source", "Write 'kind': 'bind'"),
        ({"kind": "volume", "target": "/b", "source": "a"}, "mounts[0].source", "At least two"),
    ],
)
def test_each_wrong_mount_is_told_what_would_be_right(mount, field, said) -> None:
    found = problems_of(mounts=[mount])
    assert list(found) == [field]
    assert said in found[field]


def test_two_mounts_at_one_target_are_refused_however_it_is_written() -> None:
    mounts = [{"kind": "tmpfs", "target": "/a"}, {"kind": "tmpfs", "target": "/x/../a/"}]
    assert "mounted twice" in problems_of(mounts=mounts)["mounts[1].target"]


@pytest.mark.parametrize(
    "mount",
    [
        {"kind": "volume", "source": "cache", "target": "/c"},
        {"kind": "tmpfs", "target": "/t", "size_mb": 8},
        Mount(kind=MountKind.BIND, source="/a", target="/b"),
    ],
)
def test_each_kind_of_mount_is_taken(mount) -> None:
    (taken,) = spec_of(mounts=[mount]).mounts
    assert taken.target.startswith("/")


# Values of every shape, and among them many that are nearly right.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0="), min_size=1, max_size=10)
PATHS = st.from_regex(r"(/[a-z]{1,4}){1,3}", fullmatch=True)
MOUNTS = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("bind"), "source": PATHS, "target": PATHS}, optional={"read_only": st.booleans()}
    ),
    st.fixed_dictionaries({"kind": st.just("volume"), "source": st.sampled_from(["cache", "v.1"]), "target": PATHS}),
    st.fixed_dictionaries({"kind": st.just("tmpfs"), "target": PATHS}, optional={"size_mb": st.integers(1, 64)}),
)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "image": st.sampled_from(["debian", "registry.example:5000/a/b:1"]),
    "command": st.lists(TEXTS, min_size=1, max_size=4).filter(lambda words: bool(words[0])),
    "name": st.sampled_from(["", "nightly report", "ö"]),
    "environment": st.dictionaries(NAMES, TEXTS, max_size=4),
    "memory_limit": st.integers(6, 2**31 - 1),
    "cpu_limit": st.floats(0.01, 10_000) | st.integers(1, 64),
    "timeout_seconds": st.floats(0.001, 1e6),
    "stop_grace_seconds": st.floats(0, 1000),
    "working_directory": PATHS,
    "user": st.sampled_from(["root", "1000", "1000:1000", "www-data"]),
    "labels": st.dictionaries(NAMES.filter(lambda name: not name.startswith("io.sickbay.")), TEXTS, max_size=3),
    "mounts": st.lists(MOUNTS, max_size=3, unique_by=lambda mount: mount["target"]),
    "network": st.sampled_from(["none", "host", "my_net"]),
    "add_capabilities": st.lists(st.sampled_from(sorted(CAPABILITIES)), max_size=3),
    "allow_new_privileges": st.booleans(),
    "pids_limit": st.integers(1, 4096),
    "init": st.booleans(),
    "read_only_root": st.booleans(),
}


@given(st.dictionaries(st.sampled_from(FIELDS) | st.text(), JSON, max_size=6))
def test_no_request_whatever_raises_anything_but_invalid_job_error(fields) -> None:
    try:
        check_request(fields)
    except InvalidJobError as error:
        incomplete = [problem for problem in error.problems if not (problem.message and problem.fix)]
    else:
        incomplete = []
    assert not incomplete


@given(st.fixed_dictionaries({"image": GOOD["image"]}, optional={k: v for k, v in GOOD.items() if k != "image"}))
def test_a_good_request_is_taken_and_checking_it_again_changes_nothing(fields) -> None:
    spec = check_request(fields).spec
    again = spec_of(
        image=spec.image,
        command=list(spec.command),
        environment=spec.environment,
        labels=spec.labels,
        memory_limit=spec.memory_limit_mb,
        cpu_limit=spec.cpu_limit,
        working_directory=spec.working_directory,
        user=spec.user,
        mounts=spec.mounts,
        network=spec.network,
        add_capabilities=spec.hardening.add_capabilities,
        allow_new_privileges=spec.hardening.allow_new_privileges,
        pids_limit=spec.hardening.pids_limit,
        init=spec.hardening.init,
        read_only_root=spec.hardening.read_only_root,
    )
    assert again == spec


@given(
    st.fixed_dictionaries({"image": GOOD["image"]}, optional={k: v for k, v in GOOD.items() if k != "image"}), st.data()
)
def test_one_wrong_field_among_good_ones_is_the_only_one_blamed(fields, data) -> None:
    wrong = data.draw(st.sampled_from(["memory_limit", "cpu_limit", "timeout_seconds", "pids_limit"]))
    with pytest.raises(InvalidJobError) as caught:
        check_request({**fields, wrong: 0})
    assert [problem.field for problem in caught.value.problems] == [wrong]
