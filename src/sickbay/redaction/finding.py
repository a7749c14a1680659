"""Finding secrets that nobody declared: gates name the lines, rules read them as they are and percent-decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sickbay.redaction import blocks, phrases
from sickbay.redaction.assignments import assigned
from sickbay.redaction.found import Found
from sickbay.redaction.gates import LARGE_TEXT, lines_worth_a_look
from sickbay.redaction.headers import credentials
from sickbay.redaction.tokens import SHAPES, shaped
from sickbay.redaction.views import decoded_views, without_terminal_sequences

_LINE_RULES: Mapping[str, Callable[[bytes], Iterator[Found]]] = {
    "assigned": assigned,
    "phrased": phrases.phrased,
    "given": phrases.given,
    "credentials": credentials,
    "in_urls": phrases.in_urls,
}
_BLOCK_RULES: Mapping[str, Callable[[bytes, int, int], Iterator[Found]]] = {
    "private_keys": blocks.private_keys,
    "kubernetes_secrets": blocks.kubernetes_secrets,
    "block_scalars": blocks.block_scalars,
    "named_values": blocks.named_values,
}


def secrets_in(text: bytes, *, large_text: int = LARGE_TEXT) -> Iterator[Found]:
    """Yield what looks like a secret, by structure, shape, or name, in places of ``text``; some of it twice."""
    view = without_terminal_sequences(text)
    for (start, end), names in lines_worth_a_look(view.data, large_text=large_text).items():
        for found in _in_line(view.data, start, end, names):
            if found.start < found.end:
                yield found.at(*view.origins(found.start, found.end)) if view.places else found


def _in_line(text: bytes, start: int, end: int, names: set[str]) -> Iterator[Found]:
    line = text[start:end]
    for name in sorted(names):
        if name in _BLOCK_RULES:
            yield from _BLOCK_RULES[name](text, start, end)
        elif name == "encoded":
            yield from _decoded(line, start)
        else:
            rule = _LINE_RULES.get(name)
            for found in rule(line) if rule else shaped(line, int(name.partition(":")[2])):
                yield found.moved(start)


def _decoded(line: bytes, start: int) -> Iterator[Found]:
    """Look at a line percent-decoded, with every rule, since the gates saw it encoded."""
    for views in decoded_views(line):
        decoded = views[-1].data
        for found in _all_rules(decoded):
            first, last = found.start, found.end
            if first < last:
                for view in reversed(views):
                    first, last = view.origins(first, last)
                yield found.at(start + first, start + last)


def _all_rules(line: bytes) -> Iterator[Found]:
    for rule in _LINE_RULES.values():
        yield from rule(line)
    for block in (blocks.private_keys, blocks.named_values):
        yield from block(line, 0, len(line))
    for number in range(len(SHAPES)):
        yield from shaped(line, number)
