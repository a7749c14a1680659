from __future__ import annotations

from dataclasses import replace

import pytest

from container_manager.executors.docker import wire
from container_manager.executors.docker.errors import response_error
from container_manager.executors.docker.refusals import create_refusal, ignored, may_be_ignored, start_refusal
from container_manager.lifecycle.status import FailureReason
from container_manager.runspec.spec import GpuRequest, Hardening, Networking, PublishedPort, Resources, RunSpec

SPEC = RunSpec(image="app:1")
PORTS = replace(SPEC, networking=Networking(ports=(PublishedPort(container_port=80, host_port=8080),)))
GPUS = replace(SPEC, resources=Resources(gpus=GpuRequest(count=1)))


@pytest.mark.parametrize(
    "message",
    [
        "driver failed programming external connectivity: Bind for 127.0.0.1:8080 failed: port is already allocated",
        "Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use",
    ],
)
def test_a_port_that_is_taken_may_be_free_later(message: str):
    refusal = start_refusal(PORTS, message, None)
    assert (refusal.reason, refusal.transient) == (FailureReason.LAUNCH_REFUSED, True)
    assert "127.0.0.1:8080/tcp" in refusal.message
    assert message in refusal.message
    assert not start_refusal(SPEC, message, None).transient


@pytest.mark.parametrize(
    "message",
    [
        "failed to start shim: mkdir /run/containerd/io.containerd.runtime.v2.task/moby/0c1d: file exists: unknown",
        "id already in use",
    ],
)
def test_what_an_engine_left_when_it_died_while_starting_says_that_the_program_may_have_run(message: str):
    refusal = start_refusal(SPEC, message, None)

    assert (refusal.reason, refusal.exit_code) == (FailureReason.LOST, None)
    assert message in refusal.message
    assert start_refusal(SPEC, "failed to start shim: no such file", None).reason is FailureReason.LAUNCH_REFUSED


def test_graphics_processors_that_are_not_there_are_unsupported():
    message = 'could not select device driver "" with capabilities: [[gpu]]'
    refusal = start_refusal(GPUS, message, None)
    assert (refusal.reason, refusal.transient) == (FailureReason.UNSUPPORTED, False)
    assert message in refusal.message
    assert start_refusal(SPEC, message, None).reason is FailureReason.LAUNCH_REFUSED


def test_a_profile_that_cannot_be_applied_is_named():
    spec = replace(SPEC, hardening=Hardening(apparmor_profile="mine"))
    assert "profile" in start_refusal(spec, "apparmor failed to apply profile: no such file", None).message


def test_any_other_refusal_keeps_the_engines_words_and_the_commands_code():
    state = wire.State(status="created", exit_code=127)
    refusal = start_refusal(SPEC, "exec: no such file", state)
    assert (refusal.message, refusal.exit_code) == ("exec: no such file", 127)


def test_what_is_no_image_is_told_from_a_bad_request():
    error = response_error(400, "invalid reference format")
    assert create_refusal(replace(SPEC, image="NO"), error).reason is FailureReason.IMAGE
    assert create_refusal(SPEC, error).reason is FailureReason.LAUNCH_REFUSED


WELL = wire.Info(swap_limit=True, security_options=["name=apparmor", "name=seccomp,profile=default"])
BARE = wire.Info(swap_limit=False, security_options=None)


@pytest.mark.parametrize(
    "spec",
    [
        replace(SPEC, memory_limit_mb=64, resources=Resources(swap_limit_mb=32)),
        replace(SPEC, hardening=Hardening(apparmor_profile="mine")),
        replace(SPEC, hardening=Hardening(seccomp_profile="{}")),
    ],
)
def test_what_the_host_would_drop_in_silence_is_unsupported(spec: RunSpec):
    refusal = ignored(spec, BARE)
    assert refusal is not None
    assert refusal.reason is FailureReason.UNSUPPORTED
    assert may_be_ignored(spec)
    assert ignored(spec, WELL) is None


def test_nothing_is_asked_of_the_host_where_nothing_could_be_dropped():
    assert not may_be_ignored(SPEC)
    assert ignored(SPEC, BARE) is None
    assert ignored(replace(SPEC, hardening=Hardening(seccomp_profile="unconfined")), BARE) is None
