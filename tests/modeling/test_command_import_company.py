"""manage.py import_company"""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from modeling.models import Company
from tests.modeling.importers.documents import acme


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("import_company", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "acme.json"
    path.write_text(json.dumps(acme()))
    return path


def test_a_file_becomes_a_shared_company(db, file) -> None:
    assert "2 years from FY2022 to FY2023" in run(str(file))
    assert Company.objects.get().owner is None


def test_an_owner_keeps_it_to_themselves(analyst, file) -> None:
    run(str(file), "--owner", "ana")
    assert Company.objects.get().owner == analyst


def test_json_is_for_machines(db, file) -> None:
    report = json.loads(run(str(file), "--json"))
    assert report["company_id"] == Company.objects.get().pk
    assert report["missing"]["debt"] == ["FY2022", "FY2023"]


def test_standard_input_is_read(db, monkeypatch) -> None:
    document = io.BytesIO(json.dumps(acme()).encode())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=document))
    run("-")
    assert Company.objects.count() == 1


@pytest.mark.parametrize("args", [["/does/not/exist.json"], ["FILE", "--owner", "nobody"], ["BROKEN"]])
def test_what_cannot_be_done_is_said_with_status_2(db, file, tmp_path, args) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    places = {"FILE": str(file), "BROKEN": str(broken)}
    with pytest.raises(CommandError) as caught:
        run(*(places.get(arg, arg) for arg in args))
    assert caught.value.returncode == 2
    assert not Company.objects.exists()


def test_the_error_is_json_too_when_asked(db, tmp_path) -> None:
    (tmp_path / "broken.json").write_text("{")
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_company", str(tmp_path / "broken.json"), "--json", stdout=out)
    error = json.loads(out.getvalue())
    assert error["code"] == "invalid"
    assert error["details"][0]["field"] == "document"
