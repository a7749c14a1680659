from __future__ import annotations

import pytest

from container_manager.executors.docker.image import ImageReference, InvalidReferenceError, reference_of

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "repository", "version"),
    [
        ("busybox", "busybox", "latest"),
        ("busybox:1.36", "busybox", "1.36"),
        ("library/busybox", "library/busybox", "latest"),
        ("localhost:5000/team/app", "localhost:5000/team/app", "latest"),
        ("registry.example.com:5000/team/app:v1_2-3", "registry.example.com:5000/team/app", "v1_2-3"),
        (f"busybox@{DIGEST}", "busybox", DIGEST),
        (f"busybox:1@{DIGEST}", "busybox", DIGEST),
    ],
)
def test_a_reference_is_parted_into_what_is_asked_of_the_registry(image: str, repository: str, version: str):
    assert reference_of(image) == ImageReference(repository=repository, version=version)


@pytest.mark.parametrize("image", ["a" * 64, DIGEST])
def test_an_id_cannot_be_pulled(image: str):
    assert reference_of(image) is None


@pytest.mark.parametrize(
    "image", ["", "Upper", "two words", "app:", "app:-x", "/app", "app/", "http://host/app", "app@sha256:1"]
)
def test_what_is_no_reference_is_told(image: str):
    with pytest.raises(InvalidReferenceError, match="invalid reference format"):
        reference_of(image)
