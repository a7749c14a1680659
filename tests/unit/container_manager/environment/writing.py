"""Texts as people write them, right and wrong, for the property-based tests and the fuzzer."""

from __future__ import annotations

import random

from hypothesis import strategies as st

#: What the language is made of, in pieces that are likely to matter beside each other.
PIECES = (
    *("A", "B", "C", "PORT", "PW", "export", "secret", "=", "=", " = ", "\n", "\n", "\n", "\r\n", "\r", "\t", " ", "#"),
    *("'", '"', "\\", "\\n", '\\"', "\\\n", "$", "$$", "$${", "${", "}", "{", ":-", "-", ":?", "?", ":+"),
    *("${A}", "${B:-x}", "${A:-${B}}", "${C:?say}", "${secret:pw}", "${A", "A=1\n", "B='x'\n", 'C="y"\n', "A=${B}\n"),
    *(
        "#@ ",
        "#@ include base\n",
        "#@ include web\n",
        "#@ A: int\n",
        "#@ PW: secret\n",
        "#@ B: required\n",
        "#@ C: json\n",
    ),
    *(
        "#@ A: choice(x, y)\n",
        "#@ PORT: duration",
        "x",
        "y",
        "10",
        "1h",
        "é",
        "\u3000",
        "\ufeff",
        "\0",
        "\ud800",
        "\u2028",
    ),
)

texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.text(max_size=60),
    st.text(alphabet="AB=${}:-?\\'\"# \n@", max_size=60),
)

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)

#: Values that every program can be given.
values = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)


def random_text(source: random.Random) -> str:
    """Return a text of such pieces."""
    pieces = [source.choice(PIECES) for _ in range(source.randrange(60))]
    if source.random() < 0.2:
        pieces.insert(source.randrange(len(pieces) + 1), chr(source.choice([1, 27, 0x85, 0x301, 0x1F600, 0xFFFF])))
    return "".join(pieces)
