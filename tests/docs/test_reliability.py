"""The page of what is survived names a test for each of its lines, and all of them."""

from container_manager.fault_points import FAULT_POINTS
from tests.crash import reliability_page
from tests.crash.reliability_page import PAGE, PROJECT


def test_every_line_has_a_test() -> None:
    assert sorted(reliability_page.proofs()) == list(range(1, 23))
    assert reliability_page.lines_of(PAGE.read_text()) == list(range(1, 23))


def test_the_page_lists_the_tests_that_there_are() -> None:
    page = PAGE.read_text()

    assert reliability_page.rendered(page, reliability_page.proofs()) == page


def test_every_place_where_a_worker_may_die_is_in_the_code() -> None:
    code = "".join(file.read_text() for file in (PROJECT / "src" / "container_manager").rglob("*.py"))

    assert [point for point in FAULT_POINTS if f'fault_point("{point}")' not in code] == []
