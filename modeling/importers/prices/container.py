"""The files in what was sent: plain, gzip or zip, text, workbook or Parquet, told by content and never by name.

Nothing is unpacked as a whole before it is known to be small enough; what is larger than it claims ends in a refusal.
"""

from __future__ import annotations

import gzip
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, cast

from modeling.importers.prices import archive, parts
from modeling.importers.prices.magic import GZIP, HEAD, PARQUET, TEXT, WORKBOOK, ZIP, kind_of, other
from modeling.importers.prices.refusals import refused, shown

MOST_BYTES = 4 * 1024**3  # of a plain file, whose size is what it costs to send it
MOST_UNPACKED = 512 * 1024**2  # of what a compressed file unpacks to
MOST_RATIO = 200  # of what is unpacked over what was sent; prices compress to a third or a tenth
RATIO_FROM = 1024**2  # below so much no ratio is suspicious
CHUNK = 256 * 1024
ENDINGS = (".csv", ".txt", ".tsv", ".dat", ".xlsx", ".xlsm", ".parquet", ".gz", ".zip")


@dataclass(frozen=True)
class Member:
    """One file with prices.

    Attributes
    ----------
    name : what people call it
    kind : text, xlsx or parquet
    open : gives its bytes from the start; a workbook's and Parquet's can be sought in
    """

    name: str
    kind: str
    open: Callable[[], IO[bytes]]

    @property
    def stem(self) -> str:
        """Its name without folder and endings: what a file of a single ticker is called after."""
        name = PurePath(self.name.replace("\\", "/")).name
        while name.lower().endswith(ENDINGS):
            name = name.rpartition(".")[0]
        return name


class Bounded:
    """Bytes that unpack, read in order: more than agreed, or more than was sent can honestly hold, is refused."""

    def __init__(self, stream: IO[bytes], packed: int, name: str) -> None:
        self.stream = stream
        self.packed = max(packed, 1)
        self.name = name
        self.count = 0

    def read(self, size: int = CHUNK) -> bytes:
        try:
            data = self.stream.read(size)
        except (EOFError, OSError, zlib.error, zipfile.BadZipFile, ValueError) as error:
            raise refused(
                f"{self.name} can't be unpacked: {shown(str(error))}.", "It is damaged: make or download it again."
            ) from None
        self.count += len(data)
        if self.count > MOST_UNPACKED:
            raise too_large(self.name, None)
        if self.count > RATIO_FROM and self.count > MOST_RATIO * self.packed:
            raise too_dense(self.name)
        return data

    def close(self) -> None:
        self.stream.close()


def members_of(file: IO[bytes], name: str) -> list[Member]:
    """The files with prices in *file*, which can be sought in; raises BadPriceFile where there is none to be read."""
    size = file.seek(0, 2)
    if size == 0:
        raise refused(f"{shown(name)} is empty.", "Export it again, and send the whole file.")
    if size > MOST_BYTES:
        raise refused(f"{shown(name)} is larger than {MOST_BYTES // 1024**3} GB.", "Send it in parts.", value=size)
    file.seek(0)
    kind = kind_of(file.read(HEAD))
    if kind == ZIP:
        return zipped(file, shown(name))
    if kind == GZIP:
        return [unpacked(lambda: gzipped(file, size, shown(name)), shown(name))]
    return [plain(kind, file, shown(name))]


def plain(kind: str | None, file: IO[bytes], name: str) -> Member:
    def again() -> IO[bytes]:
        file.seek(0)
        return file

    if kind is None:
        raise unknown(again().read(HEAD), name)
    return Member(name, kind, again)


def gzipped(file: IO[bytes], size: int, name: str) -> IO[bytes]:
    file.seek(0)
    return cast("IO[bytes]", Bounded(cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="rb")), size, name))


def zipped(file: IO[bytes], name: str) -> list[Member]:
    """The members of a zip, or the workbook that it is."""
    packed = archive.opened(file, name)
    total = sum(info.file_size for info in packed.infolist())
    if total > MOST_UNPACKED:
        raise too_large(name, total)
    for info in packed.infolist():
        if info.file_size > RATIO_FROM and info.file_size > MOST_RATIO * max(info.compress_size, 1):
            raise too_dense(f"{shown(info.filename)} in {name}")
    if archive.is_workbook(packed):
        parts.check(file, name)
        return [Member(name, WORKBOOK, plain(WORKBOOK, file, name).open)]
    return [unpacked(opener(packed, info), shown(info.filename)) for info in archive.files_in(packed, name)]


def opener(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    def again() -> IO[bytes]:
        try:
            stream = packed.open(info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
            raise refused(
                f"{shown(info.filename)} can't be unpacked: {shown(str(error))}.",
                "The archive is damaged: make or download it again.",
            ) from None
        return cast("IO[bytes]", Bounded(stream, info.compress_size, shown(info.filename)))

    return again


def unpacked(again: Callable[[], IO[bytes]], name: str) -> Member:
    """What stands in a container: text is read as it is unpacked, a workbook or Parquet is laid down first.

    What is laid down lives as long as the member that reads it.
    """
    head = again().read(HEAD)
    kind = kind_of(head)
    if not head:
        raise refused(f"{name} is empty.", "Export it again, and send the whole file.")
    if kind is None:
        raise unknown(head, name)
    if kind == TEXT:
        return Member(name, TEXT, again)
    if kind not in {ZIP, PARQUET}:
        raise packed_twice(name)
    with ExitStack() as stack:
        laid = stack.enter_context(tempfile.TemporaryFile())
        lay_down(again(), laid)
        member = plain(PARQUET, laid, name) if kind == PARQUET else workbook_in(laid, name)
        weakref.finalize(member, stack.pop_all().close)
    return member


def workbook_in(laid: IO[bytes], name: str) -> Member:
    inner = zipped(laid, name)
    if len(inner) == 1 and inner[0].kind == WORKBOOK:
        return inner[0]
    raise packed_twice(name)


def lay_down(stream: IO[bytes], laid: IO[bytes]) -> None:
    """The bytes in a file, since a workbook is read from its end."""
    while data := stream.read(CHUNK):
        laid.write(data)


def packed_twice(name: str) -> Exception:
    return refused(
        f"{name} is itself a packed file inside a packed file.", "Unpack the inner one, and send what is in it."
    )


def too_large(name: str, size: int | None) -> Exception:
    limit = f"{MOST_UNPACKED // 1024**2} MB"
    claimed = "" if size is None else f" (it claims {size:,} bytes)"
    return refused(f"{name} unpacks to more than {limit}{claimed}.", "Send it in parts.", value=size)


def too_dense(name: str) -> Exception:
    return refused(
        f"{name} unpacks to more than {MOST_RATIO} times its size, which no table of prices does.",
        "Send the table as plain text, if it really is one.",
    )


def unknown(head: bytes, name: str) -> Exception:
    found = other(head)
    assert found is not None
    return refused(f"{name} is {found[0]}.", found[1])
