import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valor.lib.errors import InvalidInput
from valor.lib.numbers import (
    format_duration,
    format_money,
    format_number,
    format_percent,
    format_signed,
    parse_quantity,
)


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("8%", "rate", 0.08),
        ("8", "rate", 0.08),
        (" 12.3 % ", "rate", 0.123),
        ("−5", "rate", -0.05),
        ("-.5%", "rate", -0.005),
        ("350m", "money", 350.0),
        ("1.2bn", "money", 1200.0),
        ("1.2BN", "money", 1200.0),
        ("1200", "money", 1200.0),
        ("500k", "money", 0.5),
        ("2 tn", "money", 2_000_000.0),
        ("1,234.5", "number", 1234.5),
        ("1 234 567", "number", 1_234_567.0),
        ("1\u00a0234", "number", 1234.0),
        ("+3", "number", 3.0),
        ("5.", "number", 5.0),
        ("1e3", "number", 1000.0),
        ("5", "years", 5.0),
        ("5 years", "years", 5.0),
        ("3.495", "years", 3.495),
    ],
)
def test_what_people_type_is_understood(text, kind, expected):
    assert parse_quantity(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "kind", "remedy"),
    [
        ("abc", "number", "1,234.5"),
        ("", "number", "1,234.5"),
        ("   ", "rate", "8%"),
        (".", "number", "1,234.5"),
        ("-", "number", "1,234.5"),
        ("1,5", "number", "1,234.5"),
        ("1,23,456", "number", "1,234.5"),
        ("1,234 567", "number", "1,234.5"),
        ("1.2.3", "number", "1,234.5"),
        ("nan", "number", "1,234.5"),
        ("inf", "money", "350m"),
        ("1e400", "number", "1,234.5"),
        ("1e9999999999", "number", "1,234.5"),
        ("8%", "money", "350m"),
        ("350m", "rate", "8%"),
        ("350m", "number", "1,234.5"),
        ("-2", "years", "5"),
        ("٣", "number", "1,234.5"),
        ("9" * 50, "number", "1,234.5"),
    ],
)
def test_what_is_no_figure_is_refused_with_a_remedy(text, kind, remedy):
    with pytest.raises(InvalidInput) as caught:
        parse_quantity(text, kind, field="inputs.growth")
    (problem,) = caught.value.problems
    assert problem.field == "inputs.growth"
    assert remedy in problem.remedy
    assert problem.message.endswith(".")


@given(st.text(max_size=60), st.sampled_from(["rate", "money", "number", "years"]))
def test_any_text_is_a_finite_number_or_a_clear_error(text, kind):
    try:
        assert math.isfinite(parse_quantity(text, kind))
    except InvalidInput as error:
        assert error.problems[0].remedy


@given(st.floats(-1e12, 1e12), st.integers(0, 6))
def test_a_formatted_number_reads_back_as_itself(value, digits):
    assert parse_quantity(format_number(value, digits), "number") == pytest.approx(
        round(value, digits), abs=10.0**-digits, rel=1e-12
    )


@given(st.decimals(-1000, 1000, places=4))
def test_a_typed_percentage_is_the_nearest_float_of_its_hundredth(value):
    assert parse_quantity(str(value), "rate") == float(value / 100)


@given(st.floats(-1e9, 1e9))
def test_formatted_money_reads_back_within_its_last_digit(value):
    shown = format_money(value)
    if shown[-1].isalpha():
        assert parse_quantity(shown, "money") == pytest.approx(value, rel=0.051)
    else:
        assert abs(value) < 0.001


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (1234.5, 1, "1,234.5"),
        (-1234.56, 1, "−1,234.6"),
        (-0.04, 1, "0.0"),
        (0, 0, "0"),
        (-1000000, 0, "−1,000,000"),
        (None, 1, "–"),
        (math.nan, 1, "–"),
        (-math.inf, 1, "–"),
    ],
)
def test_numbers_have_commas_a_true_minus_and_no_negative_zero(value, digits, shown):
    assert format_number(value, digits) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(1.25, "+1.2"), (-1.25, "−1.2"), (0, "0.0"), (0.01, "0.0"), (None, "–"), (math.inf, "–")]
)
def test_a_change_carries_its_sign(value, shown):
    assert format_signed(value) == shown


def test_rates_are_shown_in_percent():
    assert format_percent(0.123) == "12.3 %"
    assert format_percent(-0.5, 0) == "−50 %"
    assert format_percent(None) == "–"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (4200, "millions", "USD 4.2bn"),
        (-4200, "millions", "USD −4.2bn"),
        (999.96, "millions", "USD 1.0bn"),
        (350, "millions", "USD 350.0m"),
        (0.5, "millions", "USD 500.0k"),
        (2_100_000, "millions", "USD 2.1tn"),
        (61.4, "units", "USD 61.40"),
        (4.2, "billions", "USD 4.2bn"),
        (0, "millions", "USD 0.00"),
        (math.nan, "millions", "–"),
    ],
)
def test_money_takes_the_scale_that_reads_best(value, unit, shown):
    assert format_money(value, "USD", unit) == shown


def test_an_unknown_unit_of_money_is_refused():
    with pytest.raises(ValueError, match="millions"):
        format_money(1, "USD", "dozens")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 ms"),
        (0.0042, "4 ms"),
        (0.0995, "0.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3900, "1 h 5 min"),
        (97_200, "1 d 3 h"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_a_duration_takes_the_two_units_that_read_best(seconds, shown):
    assert format_duration(seconds) == shown
