"""Tries a free-text question: what must earn its points, and what must not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.check import FULL_ANSWER_SCORE, at_level, calibration_problems, given_away, keyword_list
from grader.grade import Gate, Grade, Verdict
from grader.lab._others import UNRELATED, corpus, off_topic
from grader.lab._report import Found, LabFinding, Trial, error, fitting, note, quoted, warning
from grader.text import gate, grade
from grader.text.decision import decided
from grader.text.evidence import examine
from grader.text.features import FEW_PHRASES, PointFeatures, features_of
from grader.text.normalise import fold, read, tokenize
from grader.text.unit import prepare
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.intake import compiled_size
from questions.model import FreeText, KeyPoint, Level, Tier
from questions.pattern import compile_pattern

DONT_KNOW = "Sorry, I don't know."
EARNED_BY_MOST = 4
"""Of five answers to other questions; in the shipped bank no point is earned by more than three."""
EARNED_BY_SOME = 2
MATCHES_MOST = 0.5
"""The share of answers to other questions that a pattern matches; the loosest of the shipped bank matches 0.38."""
MATCHES_MANY = 0.25
TOLD = 0.6
"""The share of a claim, by what its words tell, that stands in its follow-up; 0.47 at most in the shipped bank."""
TOLD_BY_PROMPT = 0.75
"""The same in the prompt, which shares words with every claim; 0.64 at most in the shipped bank."""
FEWEST_TO_COMPARE = 10
"""With fewer answers to other questions a share says little."""
MOST_TRIED = 12
"""Calibration answers, and phrases of a point, that are tried; questions of the bank have half as many."""
LARGE_PROGRAM = 1_000
"""Instructions of a pattern from which on it is tried on fewer texts: large ones can be slow."""
STRONG_BAND, PASSING_BAND, WEAK_BAND = 4, 3, 2

REWORD = "Add the model answer's own words to the ways to say it, or say the point more plainly in the model answer."
RELABEL = "Mend what you said of this answer, or the ways to say the point."
NARROW = "Name the thing that the claim is about in every way to say it, and in every pattern."
NARROWER = "Make the ways to say that mistake narrower, or word the model answer otherwise."


@dataclass(frozen=True)
class Tried:
    """Findings, and what the trial answers got."""

    findings: tuple[LabFinding, ...]
    trials: tuple[Trial, ...] = ()


def try_free_text(question: FreeText, bank: Bank) -> Tried:
    trials: list[Trial] = []
    findings: list[LabFinding] = []
    graded: list[tuple[str, Grade]] = []
    full = grade(question.model_answer.full, question)
    trials.append(_trial("model answer", full))
    model = list(_model_answer(question, full))
    if len(question.calibration_answers) > MOST_TRIED:
        findings.append(error("calibration answers", f"there are more than {MOST_TRIED}", "Keep those that differ."))
    for answer in question.calibration_answers[:MOST_TRIED]:
        text = question.calibration_text(answer)
        own = text == question.model_answer.full
        result = full if own else grade(text, question)
        place = f"calibration answer {answer.label}"
        if not (own and model):  # what is wrong with the model answer is told once
            findings += [error(place, problem, RELABEL) for problem in calibration_problems(answer, result)]
        trials.append(_trial(place, result))
        graded.append((text, result))
    findings += [
        *model,
        *_short_answer(question),
        *_coverage(question, [result for _, result in graded]),
        *point_findings(question),
        *_few_wordings(question),
        *_prompt(question),
        *_hints(question),
        *_patterns(question, bank),
    ]
    for label, found, result in _unearned(question, bank, graded):
        findings += found
        trials.append(_trial(label, result))
    return Tried(tuple(findings), tuple(trials))


def try_followups(task: CodeTask, bank: Bank, questions: Iterable[tuple[str, FreeText]]) -> Tried:
    """The questions that follow accepted code, each with its id, as small free-text questions."""
    findings: list[LabFinding] = []
    trials: list[Trial] = []
    for name, question in questions:
        full = grade(question.model_answer.full, question)
        found = [*_missed(question, full, frozenset(Tier)), *_voiced(full), *point_findings(question, said=warning)]
        copied = grade(question.prompt, question)
        found += _earned_by(copied, "prompt", "the question, sent back as the answer")
        found += _patterns(question, bank, task)
        findings += [_below(f"follow-up {name}", finding) for finding in found]
        trials.append(_trial(f"follow-up {name}, model answer", full))
    return Tried(tuple(findings), tuple(trials))


def _below(place: str, finding: LabFinding) -> LabFinding:
    return fitting(finding.severity, f"{place}, {finding.place}", finding.message, finding.advice)


def _trial(label: str, result: Grade) -> Trial:
    bands = {level: at_level(result, level)[1] for level in Level}
    return Trial(label, round(result.score, 4), bands, tuple(row.id for row in result.rows if row.credit))


def place_of(question: FreeText, point: KeyPoint) -> str:
    number = next(index for index, other in enumerate(question.key_points, 1) if other.id == point.id)
    return f"key point {number} ({point.id})"


# The model answers


def _model_answer(question: FreeText, full: Grade) -> Found:
    missed = list(_missed(question, full, frozenset({Tier.CORE, Tier.DEPTH})))
    yield from missed
    yield from _voiced(full)
    if missed:
        return  # the score follows from them
    for level in (Level.MID, Level.SENIOR):
        score, band = at_level(full, level)
        if score < FULL_ANSWER_SCORE:
            advice = "The full model answer makes all points of the tiers core and depth."
            yield error(
                "model answer", f"it scores {score:.2f} at {level} level (band {band}), not {FULL_ANSWER_SCORE}", advice
            )


def _missed(question: FreeText, full: Grade, tiers: frozenset[Tier]) -> Found:
    for point, row in zip(question.key_points, full.rows, strict=True):
        if row.verdict is Verdict.HIT or (point.tier not in tiers and row.verdict is not Verdict.CONTRADICTED):
            continue
        void = next(
            (pattern for pattern in point.reject_if if compile_pattern(pattern).search(question.model_answer.full)),
            None,
        )
        because = f"; its reject_if {quoted(void, 60)} matches there" if void and not row.credit else ""
        seen = f" in {quoted(row.span.text)}" if row.span else ""
        message = f"the full model answer does not make this point ({row.verdict.value}{seen}){because}"
        yield error(place_of(question, point), message, REWORD)


def _voiced(full: Grade) -> Found:
    for finding in full.findings:
        message = f"the full model answer counts as this mistake: {quoted(finding.span.text)}"
        yield error(f"misconception {finding.id}", message, NARROWER)


def _short_answer(question: FreeText) -> Found:
    for finding in grade(question.model_answer.short, question).findings:
        message = f"the short model answer counts as this mistake: {quoted(finding.span.text)}"
        yield error(f"misconception {finding.id}", message, NARROWER)


def _coverage(question: FreeText, results: Sequence[Grade]) -> Found:
    """Calibration answers are the tests of the wordings: they need a strong, a middling and a wrong one."""
    bands = [answer.band[Level.MID] for answer in question.calibration_answers]
    own = any(
        question.calibration_text(answer) == question.model_answer.full for answer in question.calibration_answers
    )
    if STRONG_BAND not in bands and not own:
        yield warning(
            "calibration answers",
            "none is strong (band 4 at mid level)",
            "Add the model answer as one: leave “The answer” empty.",
        )
    if min(bands) > 1:
        yield warning("calibration answers", "none is wrong (band 1 at mid level)", "Add a fluent wrong answer.")
    if not any(1 < band < STRONG_BAND for band in bands):
        yield note("calibration answers", "none lies between", "Add a partial answer in natural words.")
    seen = {finding.id for result in results for finding in result.findings}
    for number, wrong in enumerate(question.misconceptions[:MOST_TRIED], 1):
        if wrong.id in seen:
            continue
        wordings = (wrong.claim, *wrong.phrases[:2])
        if not any(wrong.id in {found.id for found in grade(text, question).findings} for text in wordings):
            advice = "Add its usual wording to its phrases, and a calibration answer that makes the mistake."
            yield note(
                f"misconception {number} ({wrong.id})", "neither its claim nor any calibration answer shows it", advice
            )


# Key points


def point_findings(question: FreeText, said: Callable[[str, str, str], LabFinding] = error) -> Found:
    """Whether each point can be earned by its own words, and is not given away by what asks for it (else `said`)."""
    for index, point in enumerate(question.key_points):
        place = place_of(question, point)
        if not any(_earns(grade(text, question), point) for text in point.accept.phrases[:MOST_TRIED]):
            advice = "Write ways to say it as English claims, in the words of an answer and not as keywords."
            yield error(place, "none of its own phrases earns it", advice)
        for number, text in enumerate(point.opposites[:MOST_TRIED], 1):
            if _states(text, question, index):
                advice = "An opposite is a false claim in the point's own words; do its ways to say it say the same?"
                yield error(f"{place}, opposites", f"entry {number} earns the point: {quoted(text)}", advice)
    for point, part in zip(question.key_points, features_of(question).points, strict=True):
        place = f"{place_of(question, point)}, follow-up"
        if _told(part, point.followup) >= TOLD:
            message = f"it names the point that it asks for: {quoted(point.followup)}"
            yield said(place, message, "Ask for the point without saying it.")
        elif words := dict(given_away(question, point.followup)).get(point.id):
            message = f"sent back as an answer it would earn the point: {quoted(words)}"
            yield warning(place, message, "Ask in other words than those that earn it.")


def _few_wordings(question: FreeText) -> Found:
    few = [number for number, point in enumerate(features_of(question).points, 1) if point.thin]
    if few:
        message = f"{', '.join(map(str, few))}: few ways to say it, so I cannot judge most answers in other words"
        yield warning("key points", message, f"Add ways to say each as people type them, {FEW_PHRASES} or more.")


def _told(part: PointFeatures, text: str) -> float:
    """The share of the claim, by what its words tell, that stands in a text."""
    terms = {token.term for token in tokenize(fold(text).text) if token.term}
    claim = part.phrases[-1]
    return sum(weight for term, weight in claim.weights.items() if term in terms) / (claim.total or 1.0)


def _prompt(question: FreeText) -> Found:
    for point, part in zip(question.key_points, features_of(question).points, strict=True):
        if _told(part, question.prompt) >= TOLD_BY_PROMPT:
            message = f"it says {point.id} already: {quoted(point.claim)}"
            yield error("prompt", message, "Tell the situation, and leave what it means to the candidate.")


def _earns(result: Grade, point: KeyPoint) -> bool:
    row = next(row for row in result.rows if row.id == point.id)
    return row.verdict is Verdict.HIT and result.gate is not Gate.KEYWORDS


def _states(text: str, question: FreeText, index: int) -> bool:
    """Whether a text states a key point, gates aside."""
    features = features_of(question)
    examined = examine(features, prepare(read(text), features))
    return decided(examined.points[index], examined.weighed[index]).credit > 0


def _hints(question: FreeText) -> Found:
    for number, hint in enumerate(question.hints[:2], 1):
        for point, words in given_away(question, hint):
            advice = "The first hint narrows the question, the second names the area; only the third gives a part away."
            yield error(f"hint {number}", f"it already earns {point}: {quoted(words)}", advice)


def _patterns(question: FreeText, bank: Bank, asked: CodeTask | None = None) -> Found:
    """Patterns that match answers to anything."""
    texts = corpus(bank, asked or question)
    if len(texts) < FEWEST_TO_COMPARE:
        texts = [UNRELATED]
    for place, number, pattern in _author_patterns(question):
        compiled = compile_pattern(pattern)
        fewer = texts[: max(FEWEST_TO_COMPARE, LARGE_PROGRAM * len(texts) // compiled_size(compiled))]
        share = sum(compiled.search(text) is not None for text in fewer) / len(fewer)
        where = f"pattern {number} {quoted(pattern, 60)} matches {share:.0%} of the answers to other questions"
        if share >= MATCHES_MOST:
            yield error(place, where, NARROW)
        elif share >= MATCHES_MANY:
            yield warning(place, where, NARROW)


def _author_patterns(question: FreeText) -> Iterator[tuple[str, int, str]]:
    for point in question.key_points:
        place = place_of(question, point)
        yield from ((place, number, pattern) for number, pattern in enumerate(point.accept.patterns, 1))
        yield from ((f"{place}, half", number, pattern) for number, pattern in enumerate(point.half, 1))
        yield from ((f"{place}, reject_if", number, pattern) for number, pattern in enumerate(point.reject_if, 1))
    for number, wrong in enumerate(question.misconceptions, 1):
        place = f"misconception {number} ({wrong.id})"
        yield from ((place, at, pattern) for at, pattern in enumerate(wrong.signals, 1))


# What must earn nothing


def _unearned(
    question: FreeText, bank: Bank, graded: Sequence[tuple[str, Grade]]
) -> Iterator[tuple[str, list[LabFinding], Grade]]:
    copied = grade(question.prompt, question)
    yield "the prompt, sent back", list(_earned_by(copied, "prompt", "the prompt, sent back as the answer")), copied
    listed = grade(keyword_list(question), question)
    found: list[LabFinding] = []
    if listed.score > gate.KEYWORD_CAP:
        message = f"a mere list of the claims' keywords scores {listed.score:.2f}, more than {gate.KEYWORD_CAP}"
        found.append(error("key points", message, "Write ways to say it as whole claims, not as terms."))
    yield "a list of keywords", found, listed
    unknown = grade(DONT_KNOW, question)
    yield DONT_KNOW, list(_earned_by(unknown, "key points", f"“{DONT_KNOW}”")), unknown
    yield from _off_topic(question, bank)
    text, weak = min(graded, key=lambda pair: pair[1].score)
    padded = grade(f"{text} {UNRELATED}", question)
    yield "the weakest calibration answer, padded", list(_padded(question, weak, padded)), padded


def _earned_by(result: Grade, place: str, what: str) -> Found:
    earned = [row for row in result.rows if row.credit]
    for row in earned:
        seen = f" by {quoted(row.span.text)}" if row.span else ""
        yield error(place, f"{what}, earns {row.id}{seen}", NARROW)


def _off_topic(question: FreeText, bank: Bank) -> Iterator[tuple[str, list[LabFinding], Grade]]:
    answers = [(name, grade(text, question)) for name, text in off_topic(bank, question)]
    earned = Counter(row.id for _, result in answers for row in result.rows if row.credit)
    found: list[LabFinding] = []
    for point in question.key_points:
        count = earned[point.id]
        message = f"{count} of {len(answers)} good answers to other questions earn it"
        if count >= min(EARNED_BY_MOST, len(answers)):
            found.append(error(place_of(question, point), message, NARROW))
        elif count >= EARNED_BY_SOME:
            found.append(warning(place_of(question, point), message, NARROW))
    for name, result in answers:
        if result.band >= WEAK_BAND:
            message = f"the model answer of {name} reaches band {result.band} here (score {result.score:.2f})"
            found.append((error if result.band >= PASSING_BAND else warning)("key points", message, NARROW))
    for index, (name, result) in enumerate(answers):
        yield f"off topic ({name})", found if index == 0 else [], result


def _padded(question: FreeText, weak: Grade, padded: Grade) -> Found:
    rows = zip(question.key_points, weak.rows, padded.rows, strict=True)
    gained = [(point, after) for point, before, after in rows if after.credit > before.credit]
    for point, row in gained:
        seen = f": {quoted(row.span.text)}" if row.span else ""
        message = f"a text about bread, put behind an answer, earns it{seen}"
        yield (error if len(gained) > 1 else warning)(place_of(question, point), message, NARROW)
