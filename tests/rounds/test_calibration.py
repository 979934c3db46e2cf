"""An interviewer's ticks beside the bot's grade."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import assume, given
from sklearn.metrics import cohen_kappa_score  # pyright: ignore[reportUnknownVariableType]

from bot.rounds.calibration import ENOUGH, calibration
from grader.grade import Row, Verdict
from questions.model import Tier

VERDICTS = {0.0: Verdict.MISSED, 0.5: Verdict.HALF, 1.0: Verdict.HIT}


def row(point: str, credit: float, weight: float = 1.0, verdict: Verdict | None = None) -> Row:
    return Row(point, "It says so.", Tier.CORE, weight, verdict or VERDICTS[credit], credit)


def rows(credits_: str) -> list[Row]:
    """Rows a, b, c … of equal weight: 1 full credit, h half, 0 none."""
    worth = {"1": 1.0, "h": 0.5, "0": 0.0}
    return [row(chr(ord("a") + number), worth[credit]) for number, credit in enumerate(credits_)]


JUDGED = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.5, 1.0]), st.floats(0.1, 5)), min_size=1, max_size=12
)


def test_points_that_only_one_saw_are_listed() -> None:
    found = calibration({"a", "b", "c"}, rows("10h10h"))
    assert found.only_interviewer == ("b",)
    assert found.only_bot == ("d", "f")
    assert found.half == ("c",)


def test_agreement_is_weighted_as_the_rubric_is() -> None:
    judged = [row("a", 1.0, weight=3), row("b", 0.0, weight=1)]
    assert calibration({"a"}, judged).agreement == 1.0
    assert calibration({"b"}, judged).agreement == 0.0
    assert calibration({"a", "b"}, judged).agreement == 0.75
    assert calibration({"a"}, [row("a", 0.5)]).agreement == 0.5


def test_kappa_takes_away_what_chance_gives() -> None:
    # 4 of 5 agree; 3 of 5 are ticked, 4 of 5 credited: by chance 0.6·0.8 + 0.4·0.2 = 0.56; (0.8 − 0.56) / 0.44
    assert calibration("abc", rows("11110")).kappa == pytest.approx(0.24 / 0.44)
    assert calibration("abcd", rows("11110")).kappa == 1.0


def test_who_ticks_everything_has_no_kappa_above_chance() -> None:
    found = calibration("abcde", rows("11110"))
    assert found.agreement == pytest.approx(0.8)
    assert found.kappa == pytest.approx(0.0)


def test_few_points_or_points_all_alike_have_no_kappa() -> None:
    assert calibration("ab", rows("1100")).kappa is None
    assert calibration("ab", rows("11000")).kappa == 1.0
    assert calibration("abcde", rows("11111")).kappa is None
    assert calibration("", rows("00000")).kappa is None


def test_points_that_the_bot_did_not_judge_are_left_out() -> None:
    judged = [*rows("1100"), row("e", 0.0, verdict=Verdict.NOT_JUDGED), row("f", 0.0, weight=0.0)]
    found = calibration({"a", "b", "e", "f", "gone"}, judged)
    assert (found.agreement, found.only_interviewer, found.kappa) == (1.0, (), None)
    assert calibration({"e"}, judged[4:]).agreement is None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.5, 1.0])), min_size=ENOUGH, max_size=12))
def test_with_equal_weights_kappa_is_the_weighted_kappa_of_cohen(pairs: list[tuple[bool, float]]) -> None:
    ticked = [2 * int(tick) for tick, _ in pairs]
    credited = [int(2 * credit) for _, credit in pairs]
    assume(len({*ticked, *credited}) > 1)
    judged = [row(str(number), credit) for number, (_, credit) in enumerate(pairs)]
    found = calibration({str(number) for number, (tick, _) in enumerate(pairs) if tick}, judged)
    theirs = float(cohen_kappa_score(ticked, credited, labels=[0, 1, 2], weights="linear"))
    assert found.kappa == pytest.approx(theirs)


@given(JUDGED)
def test_figures_stay_in_range_and_every_disagreement_is_named(judged: list[tuple[bool, float, float]]) -> None:
    ids = {str(number) for number, (tick, _, _) in enumerate(judged) if tick}
    found = calibration(ids, [row(str(number), credit, weight) for number, (_, credit, weight) in enumerate(judged)])
    assert found.agreement is not None
    assert -1e-9 <= found.agreement <= 1 + 1e-9
    assert found.kappa is None or -1 - 1e-9 <= found.kappa <= 1 + 1e-9
    named = {*found.only_interviewer, *found.only_bot, *found.half}
    assert named == {str(number) for number, (tick, credit, _) in enumerate(judged) if float(tick) != credit}
