"""What is stored of an output, whatever a platform sends."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from container_manager.executors.archive import Owner, archive_of_contents, archive_of_inputs, owner_of
from container_manager.executors.base import InputFile, OutputMissingError
from container_manager.worker.artifact_streams import Findings, PieceReader, file_of


def archive(*members: tarfile.TarInfo, data: bytes = b"data") -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for member in members:
            if member.isreg():
                member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    buffer.seek(0)
    return buffer


def member(name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = kind, link, mode
    return entry


ROOT = member("out", tarfile.DIRTYPE)


def stored(source: io.BytesIO, *, max_bytes: int = 10**9) -> tuple[bytes, Findings]:
    findings = Findings()
    reader = PieceReader(file_of(source, findings, max_bytes=max_bytes))
    return b"".join(iter(lambda: reader.read(1000), b"")), findings


def unpacked(data: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {entry.name: entry for entry in tar}


def test_a_file_is_stored_as_itself() -> None:
    data, findings = stored(archive(member("x"), data=b"content"))
    assert (data, findings.is_archive, findings.all_problems()) == (b"content", False, "")


def test_a_directory_is_stored_as_an_archive_of_what_is_in_it() -> None:
    data, findings = stored(archive(ROOT, member("out/a"), member("out/b", tarfile.DIRTYPE), member("out/b/c")))
    assert list(unpacked(data)) == ["a", "b", "b/c"]
    assert (findings.is_archive, findings.all_problems()) == (True, "")


@pytest.mark.parametrize(
    "unsafe",
    [
        member("out/../../evil"),
        member("/etc/evil"),
        member("elsewhere/evil"),
        member("out/evil", tarfile.CHRTYPE),
        member("out/evil", tarfile.FIFOTYPE),
        member("out/evil", tarfile.SYMTYPE, link="/etc/passwd"),
        member("out/evil", tarfile.SYMTYPE, link="../../etc/passwd"),
        member("out/evil", tarfile.LNKTYPE, link="etc/passwd"),
        member("out/evil", tarfile.LNKTYPE, link="out/../../etc/passwd"),
    ],
)
def test_what_is_not_safe_to_unpack_is_left_out_and_told(unsafe: tarfile.TarInfo) -> None:
    data, findings = stored(archive(ROOT, unsafe, member("out/good")))
    assert list(unpacked(data)) == ["good"]
    assert "1 entries" in findings.all_problems()


def test_links_that_stay_inside_are_kept_and_no_owner_and_no_setuid() -> None:
    members = [member("out/a", mode=0o6755), member("out/d/l", tarfile.SYMTYPE, link="../a")]
    data, findings = stored(archive(ROOT, *members, member("out/h", tarfile.LNKTYPE, link="out/a")))
    found = unpacked(data)
    assert (found["a"].mode, found["a"].uid) == (0o755, 0)
    assert (found["d/l"].linkname, found["h"].linkname) == ("../a", "a")
    assert findings.all_problems() == ""


def test_what_is_beyond_the_cap_is_cut_and_told() -> None:
    data, findings = stored(archive(member("x"), data=b"0123456789"), max_bytes=4)
    assert data == b"0123"
    assert "10 bytes" in findings.all_problems()
    data, findings = stored(archive(ROOT, member("out/a"), member("out/b"), member("out/c")), max_bytes=9)
    assert list(unpacked(data)) == ["a", "b"]
    assert "cut before 'c'" in findings.all_problems()


@pytest.mark.parametrize("odd", [member("l", tarfile.SYMTYPE, link="/x"), member("p", tarfile.FIFOTYPE)])
def test_what_is_neither_file_nor_directory_is_missing(odd: tarfile.TarInfo) -> None:
    with pytest.raises(OutputMissingError):
        stored(archive(odd))


@settings(deadline=None)
@given(st.dictionaries(st.text("abcé ", min_size=1, max_size=120), st.binary(max_size=1500), max_size=6))
def test_an_archive_of_any_files_comes_through_whole(files: dict[str, bytes]) -> None:
    contents = {f"/out/{name}": data for name, data in files.items()}
    data, findings = stored(io.BytesIO(b"".join(archive_of_contents("/out", contents))))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert {entry.name: tar.extractfile(entry).read() for entry in tar} == files
    assert findings.all_problems() == ""


def test_inputs_are_packed_for_their_owner() -> None:
    given_files = [InputFile(path="/a/b", size=3, open=lambda: io.BytesIO(b"abc"))]
    [entry] = unpacked(b"".join(archive_of_inputs(given_files, owner_of("12:34")))).values()
    assert (entry.name, entry.size, entry.uid, entry.gid, entry.mode) == ("a/b", 3, 12, 34, 0o644)
    assert owner_of("12") == Owner(uid=12, gid=12)
    assert owner_of("postgres") == owner_of(None) == Owner()
