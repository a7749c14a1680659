from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container_manager.runspec.image_reference import check_image
from container_manager.validation.problems import InvalidJobError, Problems

DIGEST = "sha256:" + "0f" * 32


def checked(image: object) -> str:
    problems = Problems()
    good = check_image(image, problems)
    problems.raise_if_any()
    return good


@pytest.mark.parametrize(
    "image",
    [
        "debian",
        "debian:12-slim",
        "library/debian",
        "a/b/c:1",
        "a__b/c--d.e_f",
        "localhost/app",
        "localhost:5000/app:1.0",
        "registry.example:5000/team/app:V1_rc.2",
        "Registry.Example/app",
        "[::1]:5000/app",
        f"debian@{DIGEST}",
        f"registry.example/debian:12@{DIGEST}",
        DIGEST,
        "a:" + "t" * 128,
    ],
)
def test_a_good_reference_is_taken_as_it_is(image) -> None:
    assert checked(image) == image


@pytest.mark.parametrize(
    ("image", "message", "fix"),
    [
        (None, "is missing", "Name the image"),
        ("", "is missing", "Name the image"),
        (5, "must be text, not int", "Write"),
        ("Debian:12", "capital letters in its repository: 'Debian'", "Write 'debian:12'."),
        ("registry.example/Team/App:V1", "capital letters", "Write 'registry.example/team/app:V1'."),
        ("https://registry.example/app:1", "is no URL", "Write 'registry.example/app:1'."),
        ("docker://debian", "is no URL", "Write 'debian'."),
        ("http://", "is no URL", "Write for example"),
        (" debian:12", "white space", "Write 'debian:12'."),
        ("debian:12\n", "white space", "Write 'debian:12'."),
        ("deb ian", "white space", "Write 'debian'."),
        ("debian:", "ends with a colon and no tag", "Write 'debian'."),
        ("debian:-x", "bad tag: '-x'", "A tag has at most 128"),
        ("debian:" + "t" * 129, "bad tag", "A tag has at most 128"),
        ("debian@sha256:abc", "bad digest", "64 hexadecimal digits"),
        ("debian@latest", "bad digest", "64 hexadecimal digits"),
        ("--rm", "begins with a hyphen", "Options"),
        ("a//b", "empty part", "Write for example"),
        ("/a", "empty part", "Write for example"),
        ("a/", "empty part", "Write for example"),
        ("a..b", "bad repository", "small letters"),
        ("a_", "bad repository", "small letters"),
        ("a___b", "bad repository", "small letters"),
        ("exa_mple.com/app", "bad registry address", "host:port"),
        ("registry.example:port/app", "bad registry address", "host:port"),
        ("ä", "bad repository", "small letters"),
        ("a" * 256, "too long", "255"),
        ("a\0b", "NUL", "without"),
    ],
)
def test_each_kind_of_bad_reference_is_told_what_would_be_right(image, message, fix) -> None:
    with pytest.raises(InvalidJobError) as caught:
        checked(image)
    (problem,) = caught.value.problems
    assert problem.field == "image"
    assert message in problem.message
    assert fix in problem.fix


@given(st.text(max_size=40) | st.text(alphabet="aA0./:@-_[] h", max_size=20))
def test_any_text_is_either_taken_or_told_what_is_wrong_and_an_offered_reference_is_good(image) -> None:
    try:
        assert checked(image) == image
    except InvalidJobError as error:
        (problem,) = error.problems
        offered = problem.fix.removeprefix("Write ").removesuffix(".")
        if problem.fix.startswith("Write '"):
            good = offered[1:-1]
            assert checked(good) == good
