"""What is found in what was sent, and the limits that hold while it is unpacked."""

from __future__ import annotations

import gc
import io
import tempfile
from typing import IO

import pytest

from modeling.importers.prices import container
from modeling.importers.prices.container import Member, members_of
from modeling.importers.prices.refusals import BadPriceFile, shown
from tests.modeling.importers.prices.bad_files import BOMB, claiming, overlapping, repacked
from tests.modeling.importers.prices.files import long, packed, sheet_rows, wide, workbook, zipped


def found_in(data: bytes, name: str = "prices") -> list[Member]:
    return members_of(io.BytesIO(data), name)


def all_of(member: Member) -> bytes:
    stream = member.open()
    return b"".join(iter(lambda: stream.read(1000), b""))


def refusal(data: bytes) -> str:
    with pytest.raises(BadPriceFile) as refused:
        for member in found_in(data):
            all_of(member)
    return str(refused.value)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.zip", "a", ""])
def test_a_file_is_what_it_holds_and_not_what_it_is_called(name):
    kinds = {
        "text": [wide().encode(), packed(wide().encode()), zipped({"x": wide().encode()})],
        "xlsx": [workbook(sheet_rows(3)), packed(workbook(sheet_rows(3))), zipped({"x": workbook(sheet_rows(3))})],
    }
    for kind, datas in kinds.items():
        for data in datas:
            assert [member.kind for member in found_in(data, name)] == [kind]


def test_a_member_can_be_read_again_and_again():
    for data in (wide().encode(), packed(wide().encode()), zipped({"x": wide().encode()})):
        (member,) = found_in(data)
        assert all_of(member) == all_of(member) == wide().encode()


def test_what_is_laid_down_is_closed_with_its_member_and_when_it_is_refused(monkeypatch):
    made: list[IO[bytes]] = []
    temporary = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: made.append(temporary()) or made[-1])
    (member,) = found_in(packed(workbook(sheet_rows(3))))
    assert [file.closed for file in made] == [False]
    assert all_of(member)
    del member
    gc.collect()
    assert [file.closed for file in made] == [True]
    assert "packed file inside a packed file" in refusal(packed(zipped({"a.csv": wide().encode()})))
    assert "200 times" in refusal(packed(workbook(sheet_rows(3)) + b"0" * 5_000_000))
    assert [file.closed for file in made] == [True] * 3


def test_every_file_of_an_archive_is_found_but_no_droppings():
    data = zipped({"a.csv": b"x", "sub/b.csv": b"y", "__MACOSX/a.csv": b"z", "sub/.DS_Store": b"z", "sub/": b""})
    assert [member.name for member in found_in(data)] == ["a.csv", "sub/b.csv"]


def test_what_unpacks_to_far_more_than_was_sent_is_refused():
    assert "200 times" in refusal(packed(b"1\n" * 5_000_000))
    assert "200 times" in refusal(zipped({"a.csv": b"1\n" * 5_000_000}))
    assert "200 times" in refusal(overlapping())


def test_prices_that_hardly_change_are_no_bomb():
    data = ("Date,AAA\n" + "2024-01-02,1\n" * 60_000).encode()
    assert all_of(found_in(packed(data))[0]) == data


def test_what_unpacks_to_too_much_is_refused_while_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(container, "MOST_UNPACKED", 3_000)
    assert "unpacks to more than" in refusal(packed(long().encode()))
    assert "unpacks to more than" in refusal(zipped({"a.csv": long().encode()}))


def test_what_claims_a_gigabyte_is_refused_unread():
    assert "it claims 1,073,741,824 bytes" in refusal(claiming(1024**3))


def test_a_plain_file_has_a_limit_too(monkeypatch):
    monkeypatch.setattr(container, "MOST_BYTES", 100)
    assert "larger than" in refusal(wide().encode())


def test_a_workbook_with_entities_of_its_own_is_refused():
    data = repacked(workbook(sheet_rows(3)), "xl/worksheets/sheet1.xml", BOMB)
    assert "entities" in refusal(data)


@pytest.mark.parametrize(
    ("name", "stem"),
    [("MSFT.csv", "MSFT"), ("a/b/BRK.B.csv", "BRK.B"), ("c\\AAPL.csv.gz", "AAPL"), ("X.txt", "X"), ("Y", "Y")],
)
def test_the_stem_of_a_name(name, stem):
    assert Member(name, "text", io.BytesIO).stem == stem


def test_what_is_echoed_is_short_and_printable():
    assert shown("a\0b\nc\u202e") == "a?b?c?"
    assert len(shown("x" * 1000)) == 80
