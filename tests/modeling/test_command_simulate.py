from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

EXAMPLE = str(Path(__file__).parents[2] / "examples" / "tesla_2013.json")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("simulate", *arguments, stdout=out, **options)
    return out.getvalue()


def test_the_summary_leads_with_the_sentence() -> None:
    text = run(EXAMPLE, "--trials", "20,000", "--seed", "3")
    assert text.startswith("Worth ")
    assert "above the price of 168.76" in text.split("\n")[0]
    for words in ("Mean", "standard error", "p50", "operating_margin", "correlated, shares overlap", "20,000 trials"):
        assert words in text


def test_the_same_seed_gives_the_same_result() -> None:
    first, again, other = (
        json.loads(run(EXAMPLE, "--trials", "20000", "--seed", seed, "--json", "--sampler", "pseudo_random"))
        for seed in ("3", "3", "4")
    )
    for result in (first, again, other):
        assert result.pop("seconds") > 0
    assert first == again
    assert first["mean"] != other["mean"]
    assert (first["trials"], first["seed"], first["sampler"]) == (20_000, 3, "pseudo_random")


def test_progress_is_drawn_on_a_terminal_only() -> None:
    terminal, file = Terminal(), io.StringIO()
    run(EXAMPLE, "--trials", "200000", stderr=terminal)
    run(EXAMPLE, "--trials", "200000", stderr=file)
    assert "200,000 of 200,000 trials" in terminal.getvalue()
    assert file.getvalue() == ""


def test_a_run_too_long_to_keep_its_outcomes_is_simulated_too() -> None:
    terminal = Terminal()
    counted = json.loads(run(EXAMPLE, "--trials", "4,000,016", "--json", stderr=terminal))
    kept = json.loads(run(EXAMPLE, "--trials", "4,000,000", "--json"))
    assert "4,000,016 of 4,000,016 trials" in terminal.getvalue()
    assert counted["trials"] == 4_000_016
    for name, figure in kept["percentiles"].items():
        assert counted["percentiles"][name] == pytest.approx(figure, rel=1e-3), name


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--trials", "0"], "trials"),
        (["--trials", "1000000000000"], "trials"),
        (["--trials", "1,000,000,001"], "trials"),
        (["--trials", "many"], "trials"),
        (["--seed", "-1"], "seed"),
        (["--sampler", "dice"], "sampler"),
    ],
)
def test_an_impossible_run_is_refused_in_one_line(arguments: list[str], field: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(EXAMPLE, *arguments)
    assert caught.value.returncode == 2
    assert str(caught.value).startswith(f"{field}: ")
    assert "\n" not in str(caught.value)


def test_a_document_without_uncertainty_is_refused(tmp_path: Path) -> None:
    document = json.loads(Path(EXAMPLE).read_text())
    del document["uncertainty"], document["correlations"]
    path = tmp_path / "certain.json"
    path.write_text(json.dumps(document))
    with pytest.raises(CommandError, match=r"^uncertainty: No driver is uncertain"):
        run(str(path))
