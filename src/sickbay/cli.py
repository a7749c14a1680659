"""The command line: ``sickbay``."""

from __future__ import annotations

import json
import sys

from sickbay.facts.context import facts_from_context
from sickbay.facts.model import Facts
from sickbay.facts.text import text_source
from sickbay.runner import builtin_engine


def main() -> None:
    """Run one command."""
    for line in sys.stdin:
        case = json.loads(line)
        facts = Facts(
            values={fact.name: fact for fact in facts_from_context(case["context"])},
            texts=(text_source("text", case["text"].encode()),),
        )
        verdicts = builtin_engine().diagnose(facts).verdicts
        print(
            json.dumps(
                {
                    "id": case["id"],
                    "verdicts": [
                        {"cause": v.cause, "certainty": v.certainty, "evidence": [vars(e) for e in v.evidence]}
                        for v in verdicts
                    ],
                }
            )
        )


if __name__ == "__main__":
    main()
