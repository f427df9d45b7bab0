from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

EXAMPLE = Path(__file__).parents[2] / "examples" / "tesla_2013.json"


def run(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("value", *arguments, stdout=out, **options)
    return out.getvalue()


def refusal(*arguments: str) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert caught.value.returncode == 2
    return caught.value


def test_the_example_is_printed_for_people() -> None:
    text = run(str(EXAMPLE))
    assert text.startswith("Tesla, September 2013: USD 67.12 per share\n")
    assert re.search(r"Value per share +67\.1204\n", text)
    assert re.search(r"less: employee options +3,645\.0\n", text)
    assert re.search(r"Losses carried +1,075\.2 +1,029\.7 +860\.1 +414\.8 +0\.0", text)
    assert "Final ROIC: none. Invested capital is not stated." in text
    assert "Warning: 217% of the enterprise value comes after the last year." in text


def test_the_figures_stand_in_columns() -> None:
    lines = run(str(EXAMPLE)).split("\n\n")
    bridge, years = lines[1].split("\n")[1:], lines[2].split("\n")[1:]
    assert len({len(line) for line in bridge}) == 1
    assert len({len(line) for line in years}) == 1


def test_the_example_is_printed_for_machines() -> None:
    result = json.loads(run(str(EXAMPLE), "--json"))
    assert result["value_per_share"] == pytest.approx(67.12041557574119, abs=1e-6, rel=0)
    assert set(result) >= {"value_per_share", "rows", "bridge", "unit", "warnings"}


def test_a_document_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(EXAMPLE.read_bytes())

    monkeypatch.setattr("sys.stdin", Stdin)
    assert "67.12 per share" in run("-")


def test_a_missing_file_is_one_line() -> None:
    assert str(refusal("no_such_file.json")) == (
        "file: no_such_file.json can't be read: No such file or directory. "
        "Check the path, or give - for standard input."
    )


@pytest.mark.parametrize("text", ["{", '{"inputs": NaN}', '{"inputs": {"growth": 1e400}}', "[]", ""])
def test_bad_json_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    message = str(refusal(str(path)))
    assert "\n" not in message
    assert message.startswith("document: ")


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    assert "can't be read" in str(refusal(str(tmp_path)))


def broken(tmp_path: Path) -> str:
    document = json.loads(EXAMPLE.read_text())
    document["inputs"] |= {"growth": 70, "shares": -1}
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_each_problem_has_its_own_line(tmp_path: Path) -> None:
    lines = str(refusal(broken(tmp_path))).split("\n")
    assert [line.split(":")[0] for line in lines[1:]] == ["inputs.growth", "inputs.shares"]
    assert "did you mean 0.7?" in lines[1]


def test_problems_for_machines_are_json(tmp_path: Path) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("value", broken(tmp_path), "--json", stdout=out)
    error = json.loads(out.getvalue())
    assert error["code"] == "invalid"
    assert [detail["field"] for detail in error["details"]] == ["inputs.growth", "inputs.shares"]
    assert all(set(detail) == {"field", "value", "message", "remedy"} for detail in error["details"])
