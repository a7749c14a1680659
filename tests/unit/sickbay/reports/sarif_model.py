"""The part of SARIF 2.1.0 that the reports use, by the rules of its schema: what is required, allowed, and enumerated.

Names are the standard's own. A property that the standard does not know, or that is not used, is refused.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec

_Level = Literal["none", "note", "warning", "error"]
_Uri = Annotated[str, msgspec.Meta(min_length=1, pattern=r"^[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+$")]
_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Object(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    pass


class Message(_Object):
    text: _Text
    markdown: _Text | msgspec.UnsetType = msgspec.UNSET


class PlainText(_Object):
    text: _Text


class ArtifactLocation(_Object):
    uri: _Uri


class Artifact(_Object):
    location: ArtifactLocation
    description: PlainText


class Region(_Object):
    start_line: Annotated[int, msgspec.Meta(ge=1)]
    snippet: PlainText | None = None


class PhysicalLocation(_Object):
    artifact_location: ArtifactLocation
    region: Region | None = None


class LogicalLocation(_Object):
    name: _Text


class Location(_Object):
    id: Annotated[int, msgspec.Meta(ge=-1)] = -1
    physical_location: PhysicalLocation | None = None
    logical_locations: list[LogicalLocation] = []
    message: PlainText | None = None


class Configuration(_Object):
    level: _Level


class Rule(_Object):
    id: _Text
    name: Annotated[str, msgspec.Meta(pattern=r"^\w+$")]
    short_description: Message
    full_description: Message
    help: Message
    default_configuration: Configuration
    properties: dict[str, Any]


class Driver(_Object):
    name: _Text
    version: _Text
    semantic_version: Annotated[str, msgspec.Meta(pattern=r"^\d+\.\d+\.\d+")]
    rules: list[Rule]


class Tool(_Object):
    driver: Driver


class Invocation(_Object):
    execution_successful: bool
    end_time_utc: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Result(_Object):
    rule_id: _Text
    rule_index: Annotated[int, msgspec.Meta(ge=-1)]
    kind: Literal["notApplicable", "pass", "fail", "review", "open", "informational"]
    level: _Level
    rank: Annotated[float, msgspec.Meta(ge=-1.0, le=100.0)]
    message: PlainText
    locations: Annotated[list[Location], msgspec.Meta(min_length=1)]
    partial_fingerprints: dict[str, str]
    properties: dict[str, Any]
    related_locations: list[Location] = []


class Run(_Object):
    tool: Tool
    invocations: list[Invocation]
    artifacts: list[Artifact]
    results: list[Result]


class Log(_Object, rename={"schema": "$schema"}):
    schema: _Uri
    version: Literal["2.1.0"]
    runs: list[Run]


def read(log: dict[str, Any]) -> Run:
    """Return the one run of a log; raises ``msgspec.ValidationError`` where the standard is broken.

    What a schema cannot say is checked besides: indexes, unique items, and that no URI is cut.
    """
    (run,) = msgspec.convert(log, Log).runs
    rules = run.tool.driver.rules
    assert len({rule.id for rule in rules}) == len(rules)
    for rule in rules:
        tags = rule.properties["tags"]
        assert len(set(tags)) == len(tags)
    for result in run.results:
        assert rules[result.rule_index].id == result.rule_id
        assert result.level == "none" or result.kind == "fail"
        related = [msgspec.json.encode(location) for location in result.related_locations]
        assert len(set(related)) == len(related)
    for artifact in run.artifacts:
        assert urlsplit(artifact.location.uri).scheme in {"", "file"}
    return run
