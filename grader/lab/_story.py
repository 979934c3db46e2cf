"""Tries a behavioral question: the stories that its author judged, and what must not pass for a story."""

from __future__ import annotations

from collections.abc import Sequence

from grader.check import BANDS
from grader.grade import Context, Grade
from grader.lab._free_text import MATCHES_MOST, MOST_TRIED, Tried
from grader.lab._others import UNRELATED, stories
from grader.lab._report import Found, LabFinding, Trial, error, note, quoted, warning
from grader.text import grade
from questions.bank import Bank
from questions.model import Behavioral, Level, Part, Signal, StarAnswer
from questions.pattern import compile_pattern

TOLD, AGAINST = "Parts that are told", "What speaks against it"
"""What an author says of a story, as the form asks it; files call it parts and negatives."""
FAR = 3
"""So many bands between author and analysis are no matter of taste: one of them calls good what the other calls bad."""
FEWEST_STORIES = 10
MATCHES_MANY_STORIES = 0.4
"""Stories are more alike than answers: the loosest signal of the shipped bank matches 0.38 of them."""
STRONG_BAND = 4
TERMS = "Situation, task, action, result, learning, ownership, stakeholders, impact, metrics, conflict, alignment."
LIST_BAND = 1


def try_story(question: Behavioral, bank: Bank) -> Tried:
    findings: list[LabFinding] = []
    trials: list[Trial] = []
    model = {level: grade(question.model_answer.full, question, Context(level=level)) for level in Level}
    trials.append(_trial("model story", model))
    findings += _model(model)
    if len(question.calibration_answers) > MOST_TRIED:
        findings.append(error("calibration answers", f"there are more than {MOST_TRIED}", "Keep those that differ."))
    for answer in question.calibration_answers[:MOST_TRIED]:
        text = question.calibration_text(answer)
        own = text == question.model_answer.full
        result = model if own else {level: grade(text, question, Context(level=level)) for level in Level}
        trials.append(_trial(f"calibration answer {answer.label}", result))
        findings += _calibration(answer, result, own=own)
    findings += _coverage(question)
    for label, text in (("the prompt, sent back", question.prompt), ("a list of terms", TERMS), ("bread", UNRELATED)):
        result = {Level.MID: grade(text, question)}
        trials.append(_trial(label, result))
        if label != "bread" and result[Level.MID].band > LIST_BAND:
            findings.append(error("prompt", f"{label}, it reaches band {result[Level.MID].band}"))
    findings += _signals(question, bank)
    findings += _probes(question)
    return Tried(tuple(findings), tuple(trials))


def _trial(label: str, results: dict[Level, Grade]) -> Trial:
    mid = results[Level.MID]
    bands = {level: result.band for level, result in results.items()}
    return Trial(label, round(mid.score, 4), bands, tuple(part.value for part in Part if part in _parts(mid)))


def _parts(result: Grade) -> set[Part]:
    return set(Part) - set(result.star.missing if result.star else Part)


def _model(results: dict[Level, Grade]) -> Found:
    for part in Part:
        if part not in _parts(results[Level.MID]):
            yield error("model answer", f"no {part.value} is found in it", "Tell that part in a sentence of its own.")
    for finding in results[Level.MID].findings:
        message = f"it counts against the teller as {finding.id}: {quoted(finding.span.text)}"
        yield error("model answer", message, "Mend the story, or make the signals of that negative narrower.")
    if results[Level.JUNIOR].band < STRONG_BAND:
        message = f"it reaches band {results[Level.JUNIOR].band} for a junior"
        yield warning("model answer", message, "Show what the teller did, and a result with a figure.")


def _calibration(answer: StarAnswer, results: dict[Level, Grade], *, own: bool) -> Found:
    """What the author and the analysis see differently, in one finding: it is one judgment on one story."""
    differences: list[str] = []
    apart = [abs(result.band - answer.band[level]) for level, result in results.items()]
    if any(apart):
        promised = " ".join(str(answer.band[level]) for level in results)
        found = " ".join(str(result.band) for result in results.values())
        differences.append(f"“{BANDS}” says {promised} (junior, mid, senior), and it is graded {found}")
    seen = _parts(results[Level.MID])
    for verb, names, what in (
        ("does not name", [part.value for part in Part if part in seen and part not in answer.parts], "seen"),
        ("names", [part.value for part in Part if part not in seen and part in answer.parts], "not seen"),
    ):
        if names:
            differences.append(
                f"“{TOLD}” {verb} the {', '.join(names)}, which {'is' if len(names) == 1 else 'are'} {what}"
            )
    negatives = {finding.id for finding in results[Level.MID].findings}
    for name in sorted(negatives ^ set(answer.negatives)):
        told = f"does not name {name}, which is seen" if name in negatives else f"names {name}, which is not seen"
        differences.append(f"“{AGAINST}” {told}")
    if differences:
        # About its own author's model story there can be no two opinions, nor about talk of what one would do.
        firm = own or ("hypothetical" in answer.negatives and any(apart)) or max(apart) >= FAR
        message = "; ".join(differences)
        advice = "Mend what you said of this answer, or make plainer what is there."
        yield (error if firm else warning)(f"calibration answer {answer.label}", message, advice)


def _coverage(question: Behavioral) -> Found:
    bands = [answer.band[Level.MID] for answer in question.calibration_answers]
    own = any(
        question.calibration_text(answer) == question.model_answer.full for answer in question.calibration_answers
    )
    if STRONG_BAND not in bands and not own:  # how strong the model story is is told of itself
        yield warning(
            "calibration answers",
            "none is strong (band 4 at mid level)",
            "Add the model story as one: leave “The answer” empty.",
        )
    if min(bands) > 1:
        yield warning("calibration answers", "none is weak (band 1 at mid level)", "Add talk about what one would do.")


def _signals(question: Behavioral, bank: Bank) -> Found:
    texts = stories(bank, question)
    if len(texts) < FEWEST_STORIES:
        texts = [UNRELATED]
    for name, signals in (("positive", question.positives), ("negative", question.negatives)):
        for number, signal in enumerate(signals, 1):
            yield from _signal(f"{name} {number} ({signal.id})", signal, texts)


def _signal(place: str, signal: Signal, texts: Sequence[str]) -> Found:
    for number, pattern in enumerate(signal.signals, 1):
        compiled = compile_pattern(pattern)
        share = sum(compiled.search(text) is not None for text in texts) / len(texts)
        message = f"pattern {number} {quoted(pattern, 60)} matches {share:.0%} of the stories told for other questions"
        if share >= MATCHES_MOST:
            yield error(place, message, "Name what this question listens for.")
        elif share >= MATCHES_MANY_STORIES:
            yield warning(place, message, "Name what this question listens for.")


def _probes(question: Behavioral) -> Found:
    asked: dict[str, Part] = {}
    for part, probes in question.probes.items():
        for probe in probes:
            if (known := asked.setdefault(probe.casefold(), part)) is not part or probes.count(probe) > 1:
                yield error(
                    f"probes {part.value}", f"asked twice ({known.value}): {quoted(probe)}", "Ask something else."
                )
                break
            if "?" not in probe and not probe.casefold().startswith(("tell", "describe", "walk", "give", "say")):
                yield note(f"probes {part.value}", f"not a question: {quoted(probe)}")
