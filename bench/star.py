"""Measures the labeller of the parts of a story.

    python -m bench.star                # on the voices of another author, and across voices of the training stories
    python -m bench.star --fast         # the former only

`bench/answers/star_test.jsonl` holds stories of four voices that nothing was trained or tuned on; their author did
not write the training stories and did not see the cues. Across voices: each training voice is labelled by a model
that never read it. A sentence counts with the label that most of its characters got. Intervals hold 95% of 2,000
resamplings of whole stories.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.train_star import Story, across_voices, stories
from grader.text.star import summary
from grader.text.star._model import Model, stored_model

LETTERS = ("S", "T", "A", "R", "L", "none")
RESAMPLINGS = 2000
SEED = 20261121


@dataclass(frozen=True)
class Outcome:
    """What was written and what was found in one story."""

    labels: tuple[tuple[str, str], ...]
    """Written and found, a sentence."""
    missing: tuple[frozenset[str], frozenset[str]]
    ownership: tuple[str, str]
    quantified: tuple[bool, bool]
    confidences: tuple[tuple[float, bool], ...]
    """Of each sentence, and whether its label is right."""
    milliseconds: float


def outcome(story: Story, model: Model) -> Outcome:
    text = story.text
    before = time.perf_counter()
    found = summary(text, model)
    taken = (time.perf_counter() - before) * 1000
    at = 0
    labelled: list[tuple[int, int, str, float]] = []
    for sentence in found["sentences"]:
        start = text.index(sentence["text"], at)
        at = start + len(sentence["text"])
        labelled.append((start, at, sentence["label"], sentence["confidence"]))
    pairs: list[tuple[str, str]] = []
    confidences: list[tuple[float, bool]] = []
    for start, end, label in story.spans:
        written = label.value[0].upper() if label else "none"
        weight: Counter[str] = Counter()
        for left, right, letter, _ in labelled:
            weight[letter] += max(0, min(end, right) - max(start, left))
        best = max(weight, key=lambda letter, w=weight: w[letter], default="none")
        got = best if weight[best] else "none"
        pairs.append((written, got))
        sure = [c for left, right, letter, c in labelled if letter == got and min(end, right) > max(start, left)]
        if sure:
            confidences.append((max(sure), written == got))
    told = {written for written, _ in pairs}
    return Outcome(
        tuple(pairs),
        (frozenset(LETTERS[:5]) - told, frozenset(found["missing"])),
        (story.ownership, found["ownership"]),
        (story.quantified, found["quantified"]),
        tuple(confidences),
        taken,
    )


# ---------------------------------------------------------------------- figures


def f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    hits = sum(a and b for a, b in pairs)
    return 2 * hits / max(1, sum(a for a, _ in pairs) + sum(b for _, b in pairs))


def label_f1(told: Sequence[Outcome], letter: str) -> float:
    return f1([(a == letter, b == letter) for one in told for a, b in one.labels])


def macro_f1(told: Sequence[Outcome]) -> float:
    return sum(label_f1(told, letter) for letter in LETTERS) / len(LETTERS)


def missing_f1(told: Sequence[Outcome], letters: Sequence[str] = LETTERS[:5]) -> float:
    return f1([(letter in one.missing[0], letter in one.missing[1]) for one in told for letter in letters])


def ownership(told: Sequence[Outcome]) -> float:
    return sum(one.ownership[0] == one.ownership[1] for one in told) / len(told)


def quantified(told: Sequence[Outcome]) -> float:
    return sum(one.quantified[0] == one.quantified[1] for one in told) / len(told)


def calibration_error(told: Sequence[Outcome]) -> float:
    """The mean distance of confidence and accuracy over ten bins."""
    pairs = [pair for one in told for pair in one.confidences]
    bins: dict[int, list[tuple[float, bool]]] = {}
    for pair in pairs:
        bins.setdefault(min(9, int(pair[0] * 10)), []).append(pair)
    return sum(abs(sum(c for c, _ in some) - sum(right for _, right in some)) for some in bins.values()) / len(pairs)


FIGURES: dict[str, Callable[[Sequence[Outcome]], float]] = {
    "labels, macro-F1 (6 classes)": macro_f1,
    "missing parts, F1": missing_f1,
    "ownership, accuracy": ownership,
    "quantified, accuracy": quantified,
}


def interval(told: Sequence[Outcome], figure: Callable[[Sequence[Outcome]], float]) -> tuple[float, float]:
    draw = random.Random(SEED)
    values = sorted(figure(draw.choices(told, k=len(told))) for _ in range(RESAMPLINGS))
    return values[int(0.025 * RESAMPLINGS)], values[int(0.975 * RESAMPLINGS)]


def say(line: str = "") -> None:
    sys.stdout.write(line + "\n")


def report(title: str, told: Sequence[Outcome]) -> None:
    say(f"{title}: {len(told)} stories, {sum(len(one.labels) for one in told)} sentences")
    for name, figure in FIGURES.items():
        low, high = interval(told, figure)
        say(f"  {name:30} {figure(told):.3f}  ({low:.3f} to {high:.3f})")
    say(f"  {'calibration error':30} {calibration_error(told):.3f}")
    say("  F1 by label           " + "  ".join(f"{letter} {label_f1(told, letter):.3f}" for letter in LETTERS))
    say("  F1 by missing part    " + "  ".join(
        f"{letter} {missing_f1(told, letter):.3f} of {sum(letter in one.missing[0] for one in told)}"
        for letter in LETTERS[:5]
    ))  # fmt: skip
    counts = Counter(pair for one in told for pair in one.labels)
    say("  written \\ found  " + "".join(f"{letter:>6}" for letter in LETTERS))
    for written in LETTERS:
        say(f"  {written:>15}  " + "".join(f"{counts[written, found]:6}" for found in LETTERS))
    wrong = Counter(one.ownership for one in told if one.ownership[0] != one.ownership[1])
    say("  ownership confused: " + (", ".join(f"{a} as {b} {n}" for (a, b), n in wrong.most_common()) or "none"))
    times = sorted(one.milliseconds for one in told)
    say(f"  time per story: {times[len(times) // 2]:.1f} ms median, {times[-1]:.1f} ms slowest")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the labeller of the parts of a story.")
    parser.add_argument("--fast", action="store_true", help="leave out the training stories")
    options = parser.parse_args()
    model = stored_model()
    summary("We had a slow model last year. I cached the features, and it got faster.", model)
    report("Voices of another author", [outcome(story, model) for story in stories("star_test.jsonl")])
    if not options.fast:
        data = stories("star_train.jsonl")
        say()
        report(
            "Training stories, across voices",
            [outcome(story, fitted) for story, fitted in across_voices(data)],
        )


if __name__ == "__main__":
    main()
