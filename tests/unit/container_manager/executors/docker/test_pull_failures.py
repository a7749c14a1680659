from __future__ import annotations

import pytest

from container_manager.executors.docker.pull_failures import is_transient


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_status_that_says_no_is_no_whatever_the_text(status: int):
    assert not is_transient(status, "429 Too Many Requests")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_status_that_says_later_is_later_whatever_the_text(status: int):
    assert is_transient(status, "access denied")


@pytest.mark.parametrize(
    "message",
    [
        "toomanyrequests: You have reached your pull rate limit.",
        "error parsing HTTP 429 response body: unexpected end of JSON input",
        "received unexpected HTTP status: 500 Internal Server Error",
        "unexpected status code 503",
        "unexpected EOF",
        'Get "https://registry.example/v2/": dial tcp 192.0.2.1:443: connect: connection refused',
        'Get "https://registry.example/v2/": net/http: TLS handshake timeout',
        'Get "https://registry.example/v2/": dial tcp 192.0.2.1:443: i/o timeout',
        "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
        "filesystem layer verification failed for digest sha256:00",
        "lookup registry.example on 192.0.2.53:53: server misbehaving",
        "read: connection reset by peer",
    ],
)
def test_what_passes_by_itself_is_transient(message: str):
    assert is_transient(500, message)
    assert is_transient(None, message)


@pytest.mark.parametrize(
    "message",
    [
        'Get "https://registry.example/v2/app/manifests/1": unauthorized: authentication required',
        "pull access denied for app, repository does not exist or may require 'docker login'",
        "manifest unknown: manifest unknown",
        'Get "https://registry.example/v2/": no basic auth credentials',
        "no matching manifest for linux/arm64/v8 in the manifest list entries",
        "lookup no-such.example: no such host",
        "x509: certificate signed by unknown authority",
        "write /var/lib/docker/tmp/x: no space left on device",
        "something nobody has heard of",
    ],
)
def test_what_does_not_pass_is_permanent(message: str):
    assert not is_transient(500, message)
    assert not is_transient(None, message)
