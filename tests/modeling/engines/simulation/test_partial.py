"""Parts of a run: written down and read again, refused where they are damaged or foreign, and put together."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeling.engines.simulation import partial as parts
from modeling.engines.simulation.partial import Partial
from modeling.engines.simulation.simulate import Simulation
from modeling.engines.simulation.spec import SimulationSpec
from tests.modeling.engines.simulation.models import A_AND_B, matrix_of, sum_of_two, summed
from valor.lib.errors import InvalidInput

COUNTED = 4_200_000


def part_of(trials: int, rho: float | None = 0.5) -> Partial:
    (part,) = sum_of_two(rho, trials=trials, price=14.0).pieces(3, 6)
    return part


@pytest.mark.parametrize("rho", [0.5, None])
@pytest.mark.parametrize("trials", [50_000, COUNTED])
def test_a_part_survives_being_written_down(trials: int, rho: float | None) -> None:
    part = part_of(trials, rho)
    again = Partial.from_bytes(part.to_bytes())
    assert (again.key, again.first, again.last, again.grid) == (part.key, 3, 6, part.grid)
    for name in ("records", "sample"):
        written, read = getattr(part, name), getattr(again, name)
        assert (written.dtype, written.shape, written.tobytes()) == (read.dtype, read.shape, read.tobytes())


@pytest.mark.parametrize("most", [1, 255, 256, 65_535, 65_536, 2**32, 2**40])
def test_counts_of_any_size_survive(most: int) -> None:
    part = part_of(COUNTED)
    part.sample[0, 7] = most
    assert np.array_equal(Partial.from_bytes(part.to_bytes()).sample, part.sample)


def test_counts_are_written_small_and_kept_outcomes_as_they_are() -> None:
    counted = part_of(COUNTED)
    assert len(counted.to_bytes()) < 0.1 * counted.sample.nbytes
    kept = part_of(1_000_000)
    assert kept.sample.nbytes < len(kept.to_bytes()) < kept.sample.nbytes + 20_000


STORED = part_of(20_000).to_bytes()


@given(st.integers(0, len(STORED) - 1), st.integers(1, 255))
def test_a_part_with_any_byte_changed_is_refused(at: int, change: int) -> None:
    damaged = bytearray(STORED)
    damaged[at] ^= change
    with pytest.raises(InvalidInput, match=r"damaged|no part of a simulation"):
        Partial.from_bytes(bytes(damaged))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no part of a simulation"),
        (b"PK\x03\x04 something else", "no part of a simulation"),
        (STORED[:10], "no part of a simulation"),
        (STORED[:25], "damaged"),
        (STORED[:-1], "damaged"),
        (STORED + b"\0", "damaged"),
    ],
)
def test_other_bytes_are_refused_with_a_remedy(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        Partial.from_bytes(data)
    assert refused.value.problems[0].field == "partials"
    assert refused.value.problems[0].remedy


def test_a_part_of_another_release_is_refused_not_misread(monkeypatch) -> None:
    monkeypatch.setattr(parts, "_MAGIC", b"VALOR IVX PART 02")
    with pytest.raises(InvalidInput, match="another release"):
        Partial.from_bytes(STORED)


def test_segments_that_are_missing_or_doubled_are_refused() -> None:
    simulation = sum_of_two()
    pieces = [*simulation.pieces(0, 7), *simulation.pieces(7, 16)]
    for wrong in ([pieces[0]], [pieces[1]], [*pieces, pieces[0]], []):
        with pytest.raises(InvalidInput, match="cover each of the 16 segments"):
            simulation.reduce(wrong)
    with pytest.raises(InvalidInput) as refused:
        simulation.reduce([pieces[0], *simulation.pieces(8, 16)])
    assert refused.value.problems[0].value == [7]
    with pytest.raises(InvalidInput, match="no segments 7 to 17"):
        simulation.pieces(7, 17)


def test_a_part_of_another_run_is_refused() -> None:
    simulation = sum_of_two(price=14.0)
    piece = next(simulation.pieces(0, 7))
    for other in (sum_of_two(seed=4, price=14.0), sum_of_two(price=15.0), sum_of_two(trials=50_001, price=14.0)):
        with pytest.raises(InvalidInput, match="another run"):
            simulation.reduce([piece, *other.pieces(7, 16)])


def test_counts_of_another_model_are_refused() -> None:
    """The key does not know the model; the bins, which come from its first block, do."""

    def doubled(block, out) -> int:
        summed(block, out)
        out *= 2.0
        return 0

    spec = SimulationSpec(A_AND_B, matrix_of(0.5), COUNTED, 3)
    ours, theirs = Simulation(spec, summed), Simulation(spec, doubled)
    with pytest.raises(InvalidInput, match="another run"):
        ours.reduce([*ours.pieces(0, 15), *theirs.pieces(15, 16)])


def test_parts_are_read_one_at_a_time() -> None:
    simulation = sum_of_two(trials=300_000)
    waiting: list[int] = []

    def coming() -> Iterator[Partial]:
        for number in range(simulation.segments):
            assert len(waiting) == number
            yield from simulation.pieces(number, number + 1)
            waiting.append(number)

    assert simulation.reduce(coming()) == simulation.run()


def test_the_checksum_is_over_everything_behind_it() -> None:
    assert int.from_bytes(STORED[17:21], "little") == zlib.crc32(STORED[21:])
