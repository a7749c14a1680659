"""Which failures to bring an image another try can mend. Pure.

Engines report most of them with one HTTP status and the registry's reason in the text, so the text decides; texts of
older and newer engines, and of registries behind them, are read.
"""

from __future__ import annotations

import re

#: The registry's answer is about the image or about us, and it stays the same: there is no such image, or we may not
#: have it, or its name is none, or it is not built for this machine.
_PERMANENT = re.compile(
    r"""
      manifest\ unknown | manifest\ for\ .*\ not\ found | name\ unknown | no\ such\ (image|manifest) | not\ found
    | does\ not\ exist | unauthorized | authentication\ required | denied | forbidden | no\ basic\ auth
    | incorrect\ username | invalid\ reference | invalid\ repository | no\ matching\ manifest
    | does\ not\ match\ the\ (specified|detected)\ | pull\ policy | \b40[0134]\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

#: Said of trouble on the way, whatever else stands in the text.
_TRANSIENT = re.compile(
    r"""
      toomanyrequests | too\ many\ requests | rate\ limit | \b429\b | \b50[0234]\b | internal\ server\ error
    | bad\ gateway | service\ unavailable | gateway\ time-?out | i/o\ timeout | timed?\ ?out | stalled
    | deadline\ exceeded | connection\ (refused|reset) | unexpected\ eof | \beof\b | temporary\ failure
    | server\ misbehaving | request\ canceled | filesystem\ layer\ verification\ failed
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_transient(message: str) -> bool:
    """Whether the same pull may succeed later without anybody doing anything. What is not known is worth a try."""
    return bool(_TRANSIENT.search(message)) or not _PERMANENT.search(message)
