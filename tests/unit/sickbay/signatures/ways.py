"""Every way of scanning that this platform has to have. One whose library is missing there fails; it is not skipped."""

from __future__ import annotations

import platform
import sys

import pytest

from sickbay.signatures.scanner import Way

#: Vectorscan has wheels for Linux on x86-64 alone; ``ahocorasick_rs`` has them for all.
HAS_VECTORSCAN = sys.platform == "linux" and platform.machine() == "x86_64"

WAYS = [way for way in Way if HAS_VECTORSCAN or way is not Way.VECTORSCAN]

needs_vectorscan = pytest.mark.skipif(not HAS_VECTORSCAN, reason="Vectorscan has no wheel for this platform")

all_ways = pytest.mark.parametrize("way", WAYS)
