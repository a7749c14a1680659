from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from container_manager.conf import BOUNDS, AppSettings, SettingsError, app_settings, sealing_keys, settings_problems

NUMBERS = [
    field.name
    for field in fields(AppSettings)
    if isinstance(field.default, int | float) and not isinstance(field.default, bool)
]


def test_without_a_setting_the_defaults_hold(settings) -> None:
    if hasattr(settings, "CONTAINER_MANAGER"):
        del settings.CONTAINER_MANAGER
    assert app_settings() == AppSettings()


def test_what_is_set_replaces_the_default(settings) -> None:
    settings.CONTAINER_MANAGER = {"concurrency": 9, "poll_seconds": 2}
    assert app_settings() == AppSettings(concurrency=9, poll_seconds=2)


def test_everything_that_is_wrong_is_named_at_once(settings) -> None:
    settings.CONTAINER_MANAGER = {"concurency": 9, "lease_seconds": "60", "allow_unisolated": 1, "concurrency": 0}
    with pytest.raises(SettingsError) as caught:
        app_settings()
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "did you mean 'concurrency'?" in text
    assert "['lease_seconds'] must be a number, not '60'; the default is 60.0." in text
    assert "['allow_unisolated'] must be True or False, not 1" in text
    assert "['concurrency'] must be from 1 to 1000, not 0" in text


@pytest.mark.parametrize("given_value", [None, [], "x", 3])
def test_only_a_dictionary_is_taken(given_value) -> None:
    assert settings_problems(given_value) == [
        f"CONTAINER_MANAGER must be a dictionary, not {type(given_value).__name__}."
    ]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_bounds_and_its_default_is_within(name) -> None:
    assert BOUNDS[name].least <= getattr(AppSettings(), name) <= BOUNDS[name].most


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [True, None, math.nan, math.inf, -1, 10**400])
def test_what_is_no_number_within_the_bounds_is_refused(name, value) -> None:
    assert len(settings_problems({name: value})) == 1


@pytest.mark.parametrize("value", ["REGION", [1], [""], None, {"REGION": 1}])
def test_names_are_a_list_of_texts(value) -> None:
    (problem,) = settings_problems({"template_outside_names": value})
    assert "must be a list of names" in problem
    assert settings_problems({"template_outside_names": ["REGION"]}) == []


@hypothesis_settings(deadline=None)
@given(
    st.dictionaries(
        st.text() | st.sampled_from([*NUMBERS, "allow_unisolated"]), st.floats() | st.integers() | st.none()
    )
)
def test_any_dictionary_is_either_taken_or_told_what_is_wrong(given_settings) -> None:
    if not settings_problems(given_settings):
        AppSettings(**given_settings)


def test_keys_are_a_list_of_long_texts_and_never_repeated_in_a_message() -> None:
    long, short = "k" * 32, "a short key"
    assert settings_problems({"secret_keys": [long]}) == []
    for wrong in (short, [short], [long, 3], {long: long}):
        [problem] = settings_problems({"secret_keys": wrong})
        assert short not in problem
        assert long not in problem


def test_without_keys_those_of_the_project_seal(settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "newest", ["older"]
    settings.CONTAINER_MANAGER = {}
    assert sealing_keys() == ("newest", "older")
    settings.CONTAINER_MANAGER = {"secret_keys": ["k" * 32]}
    assert sealing_keys() == ("k" * 32,)
    assert "kkk" not in repr(app_settings())


@pytest.mark.parametrize("key", ["artifact_storage", "log_archive"])
def test_a_storage_is_named_by_its_alias(key: str) -> None:
    assert settings_problems({key: "default"}) == []
    [problem] = settings_problems({key: "nowhere"})
    assert "must be an alias of STORAGES (default, staticfiles), not 'nowhere'" in problem
