"""Places in files, as compilers, linters, and tracebacks write them: ``secret-in-logs.md:131: …`` is no assignment.

A file's name may sound secret, and what follows its colon is the number of a line then. ``grep`` writes alike what
stands in a file: so a place is only what a message, a bracket, or nothing follows.
"""

from __future__ import annotations

import re

_CODE = re.compile(
    rb"(?i)\.(?:md|rst|py|pyi|pyx|js|jsx|mjs|cjs|ts|tsx|mts|vue|svelte|go|rs|java|kt|kts|scala|groovy|rb|erb|php|c|cc|cpp|"
    rb"cxx|h|hh|hpp|cs|fs|swift|m|mm|pl|pm|ex|exs|erl|clj|hs|lua|dart|sh|bash|zsh|sql|proto|tf|html|css|scss)\Z"
)
#: What holds values rather than speaks of them.
_DATA = re.compile(rb"(?i)\.(?:txt|log|json|jsonc|ya?ml|toml|ini|cfg|conf|env|properties|xml|csv|lock)\Z")

_NUMBERS = rb"[1-9][0-9]{0,5}(?::[0-9]{1,5})?"
_BEFORE_MESSAGE = re.compile(_NUMBERS + rb":[ ](?=[^\s])")
_ALONE = re.compile(_NUMBERS + rb"(?::?[ \t\r]*\Z|[)\],;\"'`]|[ ](?=[^\s\d]))")


def is_place(line: bytes, file: bytes, start: int, *, is_password: bool) -> bool:
    """Return whether the number of a line in ``file`` begins at ``start``, right behind the colon.

    ``is_password``: the name of the file speaks of a password, which may be a short number.
    """
    if _CODE.search(file):
        return any(each.match(line, start) for each in (_BEFORE_MESSAGE, _ALONE))
    return not is_password and _DATA.search(file) is not None and _BEFORE_MESSAGE.match(line, start) is not None
