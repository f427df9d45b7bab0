"""The tokens: both themes complete, and readable."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[2] / "valor" / "static" / "valor" / "css"


def tokens(selector: str) -> dict[str, str]:
    text = (CSS / "tokens.css").read_text()
    block = text.split(selector + " {", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+): ([^;]+);", block))


LIGHT = tokens(":root")
DARK = tokens(':root[data-theme="dark"]')
SYSTEM = tokens(':root:not([data-theme="light"])')


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_dark_theme_is_one_theme_however_it_is_chosen():
    assert DARK == SYSTEM


def test_dark_overrides_tokens_of_the_light_theme_only():
    assert set(DARK) < set(LIGHT)
    colours = {name for name, value in LIGHT.items() if value.startswith("#")}
    assert colours < set(DARK)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["canvas", "surface"])
@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("ink", 7),
        ("muted", 4.5),
        ("accent", 4.5),
        ("warning", 4.5),
        ("critical", 4.5),
        ("unknown", 4.5),
        ("control", 3),
        ("series-1", 3),
        ("series-2", 3),
        ("series-3", 3),
        ("series-4", 3),
    ],
)
def test_text_and_lines_stand_out_from_their_ground(theme, ground, name, least):
    assert contrast(theme[name], theme[ground]) >= least


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_on_fills_can_be_read(theme):
    for fill, ink in (
        ("accent", "on-accent"),
        ("warning-fill", "on-warning"),
        ("critical-fill", "on-critical"),
        ("heat-below", "ink"),
        ("heat-at", "ink"),
        ("heat-above", "ink"),
    ):
        assert contrast(theme[fill], theme[ink]) >= 4.5, fill


def test_no_style_sheet_names_a_colour_of_its_own():
    for path in sorted(CSS.glob("*.css")):
        if path.name not in {"tokens.css", "api_docs.css"}:
            assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\brgb\(|\bhsl\(", path.read_text()) == [], path.name


def test_every_token_that_is_used_exists():
    for path in sorted(CSS.glob("*.css")):
        text = path.read_text()
        own = set(re.findall(r"(--[\w-]+):", text))
        used = set(re.findall(r"var\((--[\w-]+)\)", text))
        assert used <= {f"--{name}" for name in LIGHT} | own, path.name
