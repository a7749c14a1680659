from __future__ import annotations

import pytest

from container_manager.request.job_request import InvalidJobError, check_request
from container_manager.request.secrets import SecretReference


def request(**fields: object):
    return check_request({"image": "debian:12", **fields})


def test_a_dictionary_gives_variables_and_a_list_files_too() -> None:
    assert request(secrets={"A": "one"}).secrets == (SecretReference(secret="one", variable="A"),)
    listed = request(secrets=[{"secret": "one", "file": "a.key"}, {"secret": "two", "file": "/b", "mode": 0o444}])
    assert listed.secrets == (
        SecretReference(secret="one", file="a.key", mode=0o400),
        SecretReference(secret="two", file="/b", mode=0o444),
    )
    assert [file.path for file in listed.spec.secret_files] == ["a.key", "/b"]


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ("token", "must be a dictionary or a list"),
        (["token"], "must be a dictionary"),
        ({"A": "no such name!"}, "does not name a secret"),
        ({"A": 3}, "does not name a secret"),
        ({"A=B": "one"}, "'=' in its variable"),
        ({"PLAIN": "one"}, "stands in environment too"),
        ([{"secret": "one"}], "either a variable or a file"),
        ([{"secret": "one", "variable": "A", "file": "a"}], "either a variable or a file"),
        ([{"secret": "one", "file": "../a"}], "no plain path"),
        ([{"secret": "one", "file": "/a/"}], "no plain path"),
        ([{"secret": "one", "file": "a"}, {"secret": "two", "file": "a"}], "a second secret"),
        ([{"secret": "one", "file": "a", "mode": 0o1777}], "no file mode"),
        ([{"secret": "one", "file": "a", "mode": True}], "no file mode"),
        ([{"secret": "one", "variable": "A", "mode": 0o400}], "only files have"),
        ([{"secret": "one", "variable": "A", "value": "hush"}], "unknown key 'value'"),
    ],
)
def test_what_is_wrong_with_secrets_is_said_without_any_value(secrets: object, words: str) -> None:
    with pytest.raises(InvalidJobError, match=words) as caught:
        request(secrets=secrets, environment={"PLAIN": "x"})
    assert "hush" not in str(caught.value)
