"""Lines that must stop a session are heard, in whatever they come, and others are not."""

from __future__ import annotations

from sickbay.facts.model import TextSource
from sickbay.guides.library import builtin_guides
from sickbay.investigation.alarms import Alarms
from sickbay.safety.stops import Tag

SQLITE = "sqlite3.DatabaseError: database disk image is malformed"
MINER = " * ABOUT        XMRig/6.21.0 gcc/11.2.0"
TAGGED = [
    (signature, guide.slug) for guide in builtin_guides() for signature in guide.front.signatures if signature.tags
]


def _heard(*texts: str) -> list[tuple[Tag, str]]:
    alarms = Alarms(builtin_guides())
    alarms.hear(*texts)
    return [(alarm.tag, alarm.says) for alarm in alarms.heard]


def test_both_tags_are_given_by_the_guides_of_the_package() -> None:
    assert {tag for signature, _ in TAGGED for tag in signature.tags} == {"corruption", "security"}


def test_each_example_is_heard_with_its_signature() -> None:
    for signature, slug in TAGGED:
        for line in (signature.example, *signature.also):
            told = [says for tag, says in _heard(f"before\n{line}\nafter") if tag == signature.tags[0]]
            assert any(says.startswith(f"{slug}/{signature.id}: ") for says in told), line


def test_no_line_that_looks_alike_is_heard() -> None:
    assert _heard(*(line for signature, _ in TAGGED for line in signature.not_in)) == []


def test_a_line_is_heard_once_however_often_it_comes() -> None:
    assert len(_heard(f"{SQLITE}\n{SQLITE}", SQLITE)) == 1


def test_terminal_sequences_hide_no_line() -> None:
    assert [tag for tag, _ in _heard("\x1b[31mdatabase disk \x1b[0mimage is malformed\r\n")] == [Tag.CORRUPTION]


def test_what_is_told_of_a_line_is_short_and_holds_what_was_found() -> None:
    [(_, says)] = _heard("x" * 500 + f" {SQLITE} " + "y" * 500)
    assert "database disk image is malformed" in says
    assert len(says) < 300


def test_a_text_that_is_read_in_pieces_is_heard_while_it_is_read() -> None:
    alarms = Alarms(builtin_guides())
    raw = f"fine\n{MINER}\n".encode()
    text = alarms.hearing(TextSource(name="log", data=raw))
    assert b"".join(text.pieces()) == raw
    assert (text.name, text.data, text.line_count, text.last_lines(1)) == ("log", raw, 2, [(2, MINER.strip())])
    assert [alarm.tag for alarm in alarms.heard] == [Tag.SECURITY]


def test_without_guides_nothing_is_heard() -> None:
    alarms, text = Alarms(), TextSource(name="log", data=SQLITE.encode())
    alarms.hear(SQLITE)
    assert alarms.hearing(text) is text
    assert alarms.heard == ()
