from sickbay.diagnosis.wording import filled_in
from sickbay.facts.model import Fact, Facts

FACTS = Facts(values={"image": Fact(name="image", value="app:1", source="context")})


def test_a_capture_fills_its_placeholder_before_a_fact_does() -> None:
    assert filled_in("pull {image}", {"image": "app:2"}, FACTS) == "pull app:2"


def test_a_fact_fills_a_placeholder_that_no_capture_does() -> None:
    assert filled_in("pull {image}", {}, FACTS) == "pull app:1"


def test_a_placeholder_that_nothing_fills_is_shown_as_one() -> None:
    assert filled_in("set {name}", {}, FACTS) == "set <name>"


def test_an_optional_part_is_kept_where_it_can_be_filled() -> None:
    assert filled_in("is not set[: {name}]", {"name": "API_URL"}, FACTS) == "is not set: API_URL"


def test_an_optional_part_is_left_out_where_it_cannot() -> None:
    assert filled_in("is not set[: {name}]", {}, FACTS) == "is not set"


def test_brackets_without_a_placeholder_stay() -> None:
    assert filled_in('command=["sh", "-c"]', {}, FACTS) == 'command=["sh", "-c"]'


def test_a_long_filling_is_cut() -> None:
    assert len(filled_in("{name}", {"name": "x" * 1000}, FACTS)) == 200
