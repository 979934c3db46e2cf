"""Holds a question against its own calibration: what its author promised and the grader does not find.

Every report is a sentence in an author's words, so that it can be shown beside the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.grade import Context, Gate, Grade, Verdict
from grader.text import gate as gates
from grader.text import grade
from grader.text.evidence import examine
from grader.text.features import features_of
from grader.text.normalise import read
from grader.text.number import within
from grader.text.score import gated_band, score_of
from grader.text.unit import prepare
from questions.code_task import CodeTask
from questions.expression import Expression, ExpressionError, fill, format_number
from questions.loader import Loaded
from questions.model import (
    Behavioral,
    CalibrationAnswer,
    FreeText,
    Level,
    MultipleChoice,
    Numeric,
    Part,
    StarAnswer,
    Tier,
    WrittenQuestion,
)

FULL_ANSWER_SCORE = 0.8
"""What the full model answer must reach at mid level."""
VARIANT_CAP = 500
"""A template with more draws is checked on this many, evenly spread."""
MAKES, MISTAKEN, BANDS = "Key points it makes", "Misconceptions in it", "Bands it must get"
"""What an author says of a calibration answer, as the form asks it; files call it hits, misconceptions and band."""
GATED: dict[Gate, str] = {
    Gate.EMPTY: "it is empty",
    Gate.DONT_KNOW: "it says “I don't know”",
    Gate.SHORT: "it has fewer than 12 words",
    Gate.COPY: "it repeats the question",
    Gate.LANGUAGE: "it is not in English",
    Gate.KEYWORDS: "it lists terms without claims",
    Gate.MODEL_ANSWER: "it is the model answer word for word",
    Gate.UNREADABLE: "there is no number in it",
    Gate.UNDECIDED: "half of what counts could not be judged",
}
"""Why an answer is not graded point by point."""


def check_question(question: WrittenQuestion) -> list[str]:
    """What the question promises and the grader does not do; empty when all is well."""
    match question:
        case FreeText():
            return list(_free_text(question))
        case MultipleChoice():
            return list(_choice(question))
        case Numeric():
            return list(_numeric(question))
        case Behavioral():
            return list(_story(question))


@dataclass(frozen=True)
class Report:
    """What a check of many questions found."""

    total: int
    problems: tuple[str, ...]
    """With file, line and question; empty when every question keeps its promises."""
    stories: Agreement
    differences: tuple[str, ...]
    """Where the analysis of stories and their authors' labels differ."""

    def __str__(self) -> str:
        verdict = f"{len(self.problems)} problems" if self.problems else "every promise is kept"
        lines = [f"{self.total} questions checked: {verdict}"]
        if self.stories.parts:
            agreed = self.stories
            lines.append(
                f"stories, against their authors' labels: parts {agreed.parts_agreed / agreed.parts:.0%} "
                f"of {agreed.parts}, bands {agreed.bands_agreed / agreed.bands:.0%} of {agreed.bands} "
                f"({agreed.bands_near / agreed.bands:.0%} within one)"
            )
        return "\n".join(lines)


def check_bank(loaded: Iterable[Loaded]) -> Report:
    """Checks every question and measures the agreement on stories. Code tasks are left out: `grader.code.check`."""
    total = 0
    problems: list[str] = []
    differences: list[str] = []
    stories = Agreement()
    for item in loaded:
        if isinstance(item.question, CodeTask):
            continue
        total += 1
        where = f"{item.file}:{item.line}: {item.question.id}: "
        problems += [where + line for line in check_question(item.question)]
        if isinstance(item.question, Behavioral):
            measured = story_agreement(item.question)
            stories += measured
            differences += [where + line for line in measured.differences]
    return Report(total, tuple(problems), stories, tuple(differences))


def _free_text(question: FreeText) -> Iterable[str]:
    for answer in question.calibration_answers:
        result = grade(question.calibration_text(answer), question)
        yield from (f"calibration answer {answer.label!r}: {line}" for line in calibration_problems(answer, result))
    full = grade(question.model_answer.full, question)
    for row in full.rows:
        if row.tier is not Tier.STRETCH and row.verdict is not Verdict.HIT:
            yield f"the full model answer does not hit {row.id} ({row.verdict})"
    for finding in full.findings:
        yield f"the full model answer counts as the misconception {finding.id}: “{finding.span.text}”"
    if full.score < FULL_ANSWER_SCORE:
        yield f"the full model answer scores {full.score:.2f} at mid level, not {FULL_ANSWER_SCORE}"
    listed = grade(keyword_list(question), question)
    if listed.score > gates.KEYWORD_CAP:
        yield f"a mere list of the claims' keywords scores {listed.score:.2f}, more than {gates.KEYWORD_CAP}"
    prompted = grade(question.prompt, question)
    if prompted.score > 0:
        earned = [row.id for row in prompted.rows if row.credit]
        yield f"the prompt alone, sent back as the answer, earns {', '.join(earned)}"
    for number, hint in enumerate(question.hints[:2], 1):
        for point, words in given_away(question, hint):
            yield f"hint {number} already earns {point}: “{words}”"


def at_level(result: Grade, level: Level) -> tuple[float, int]:
    """The score (0–1) and the band that a graded free-text answer has at another level, no hints taken."""
    score = score_of(result.rows, result.findings, level)
    if result.gate is Gate.KEYWORDS:
        score *= gates.KEYWORD_CAP
    return score, gated_band(score, result.rows, result.findings, level, 0, result.gate)


def calibration_problems(answer: CalibrationAnswer, result: Grade) -> Iterable[str]:
    """Where the grade of a calibration answer differs from what its author promised."""
    hits = {row.id for row in result.rows if row.verdict is Verdict.HIT}
    halves = {row.id for row in result.rows if row.verdict is Verdict.HALF}
    for credit, promised, found in (("", set(answer.hits), hits), ("half of ", set(answer.halves), halves)):
        for number, row in enumerate(result.rows, 1):
            point = f"{credit}key point {number} ({row.id})"
            quote = f"“{row.span.text}”" if row.span else ""
            if row.id in promised - found:
                yield f"“{MAKES}” names {point}, which is graded as {row.verdict}{f' in {quote}' if quote else ''}"
            elif row.id in found - promised:
                yield f"“{MAKES}” does not name {point}, which it earns with {quote}"
    for number, row in enumerate(result.rows, 1):
        promised = row.id in answer.hits or row.id in answer.halves
        if row.verdict is Verdict.CONTRADICTED and not promised and row.span and row.reason.startswith("Two"):
            yield f"it seems to contradict itself on key point {number} ({row.id}) in “{row.span.text}”"
    seen = {finding.id: finding for finding in result.findings}
    for wrong in sorted(set(answer.misconceptions) - seen.keys()):
        yield f"“{MISTAKEN}” names {wrong}, which is not seen in it"
    for wrong in sorted(seen.keys() - set(answer.misconceptions)):
        if not wrong.startswith(("contrast:", "relation:")):
            yield f"“{MISTAKEN}” does not name {wrong}, which is seen in “{seen[wrong].span.text}”"
        elif not answer.misconceptions:
            yield f"“{MISTAKEN}” names nothing; seen is: {seen[wrong].claim}, “{seen[wrong].span.text}”"
    graded = [at_level(result, level) for level in Level]
    if any(band != answer.band[level] for level, (_, band) in zip(Level, graded, strict=True)):
        promised = " ".join(str(answer.band[level]) for level in Level)
        bands = " ".join(str(band) for _, band in graded)
        why = f", because {GATED[result.gate]}" if result.gate else ""
        scores = ", ".join(f"{score:.2f}" for score, _ in graded)
        labeled = f"“{BANDS}” says {promised} (junior, mid, senior)"
        yield f"{labeled}, and it is graded {bands} (scores {scores}{why})"


def keyword_list(question: FreeText) -> str:
    """The telling words of all claims, comma by comma: what somebody types who hopes for a word counter."""
    words: list[str] = []
    for point in question.key_points:
        tokens = [token for clause in read(point.claim).clauses for token in clause.tokens]
        words += [t.word for t in tokens if t.term and t.word[0].isalnum() and t.word not in words]
    return ", ".join(words)


def given_away(question: FreeText, text: str) -> Iterable[tuple[str, str]]:
    """The key points that a text would earn by the author's wordings, gates aside, with the words that earn them."""
    features = features_of(question)
    prepared = prepare(read(text), features)
    folded = prepared.reading.surface.text
    for part, found in zip(features.points, examine(features, prepared).points, strict=True):
        if found.credit and found.evidence:
            yield part.point.id, folded[found.evidence.start : found.evidence.end]


def _choice(question: MultipleChoice) -> Iterable[str]:
    for option in question.options:
        result = grade(option.id, question)
        if result.score != float(option.correct):
            yield f"option {option.id} scores {result.score:.2f}, not {int(option.correct)}"
        report = result.choice
        if report is None or report.why_chosen != option.why:
            yield f"option {option.id}: its reason is not reported"


def tried_variants(question: Numeric) -> Sequence[int]:
    """The draws that are checked: all, or `VARIANT_CAP` of them, evenly spread."""
    count = question.variants
    return range(0, count, max(1, count // VARIANT_CAP))[:VARIANT_CAP]


def _numeric(question: Numeric) -> Iterable[str]:
    for variant in tried_variants(question):
        problems = list(variant_problems(question, variant))
        if problems:
            drawn = ", ".join(f"{name} = {format_number(value)}" for name, value in question.draw(variant).items())
            yield from (f"draw {variant} ({drawn}): {problem}" for problem in problems)
            return


def variant_problems(question: Numeric, variant: int) -> Iterable[str]:
    """What is wrong with one draw of a numeric question."""
    params = question.draw(variant)
    try:
        expected = Expression(question.answer).value(params)
    except ExpressionError as error:
        yield f"answer: {error}"
        return
    for name, text in (
        ("prompt", question.prompt),
        ("working", question.working),
        ("takeaway", question.takeaway),
        *((f"hint {i + 1}", hint) for i, hint in enumerate(question.hints)),
        *((f"mistake {i + 1}", f"{m.claim} {m.why_wrong}") for i, m in enumerate(question.mistakes)),
    ):
        try:
            fill(text, params)
        except ExpressionError as error:
            yield f"{name}: {error}"
    for number, mistake in enumerate(question.mistakes, 1):
        try:
            value = Expression(mistake.value).value(params)
        except ExpressionError as error:
            yield f"mistake {number}: {error}"
            continue
        if within(value, expected, question.tolerance):
            shown = f"{format_number(value)}, within the tolerance of the answer {format_number(expected)}"
            yield f"mistake {number} gives {shown}"
    shown = f"{expected:.10g}"
    for text in dict.fromkeys((shown, f"{shown} {question.unit}".strip(), f"The answer is {shown}.")):
        result = grade(text, question, Context(variant=variant))
        if result.score < 1:
            yield f"the right answer, written {text!r}, scores {result.score:.2f}"


def _story(question: Behavioral) -> Iterable[str]:
    """Only what must hold: the model story has all its parts and bands, and hypothetical talk earns nothing.

    Which parts a natural story has is a judgment on which people differ, too; how often the analysis agrees with
    the authors is measured by `story_agreement`, not demanded of every answer.
    """
    for answer in question.calibration_answers:
        text = question.calibration_text(answer)
        told = f"calibration answer {answer.label!r}: "
        if text == question.model_answer.full:
            yield from (told + line for line in _parts(grade(text, question), answer.parts, answer.negatives))
        elif "hypothetical" not in answer.negatives:
            continue
        yield from (told + line for line in _bands(question, answer))


def _bands(question: Behavioral, answer: StarAnswer) -> Iterable[str]:
    for level in Level:
        found = grade(question.calibration_text(answer), question, Context(level=level))
        if found.band != answer.band[level]:
            expected = f"band {answer.band[level]} expected for {level}"
            yield f"{expected}, found {found.band} (score {found.score:.2f})"


@dataclass(frozen=True)
class Agreement:
    """How often the analysis of stories agrees with the labels of their authors."""

    parts: int = 0
    """Decisions whether a part is there: five for each answer."""
    parts_agreed: int = 0
    bands: int = 0
    """Three for each answer, one a level."""
    bands_agreed: int = 0
    bands_near: int = 0
    """At most one band apart."""
    differences: tuple[str, ...] = ()

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(
            self.parts + other.parts,
            self.parts_agreed + other.parts_agreed,
            self.bands + other.bands,
            self.bands_agreed + other.bands_agreed,
            self.bands_near + other.bands_near,
            self.differences + other.differences,
        )


def story_agreement(question: Behavioral) -> Agreement:
    """The agreement on all calibration answers of one question."""
    total = Agreement()
    for answer in question.calibration_answers:
        text = question.calibration_text(answer)
        result = grade(text, question)
        found = set(Part) - set(result.star.missing if result.star else Part)
        apart = [abs(grade(text, question, Context(level=level)).band - answer.band[level]) for level in Level]
        lines = [*_parts(result, answer.parts, answer.negatives), *_bands(question, answer)]
        total += Agreement(
            parts=len(Part),
            parts_agreed=len(Part) - len(found ^ set(answer.parts)),
            bands=len(apart),
            bands_agreed=sum(distance == 0 for distance in apart),
            bands_near=sum(distance <= 1 for distance in apart),
            differences=tuple(f"calibration answer {answer.label!r}: {line}" for line in lines),
        )
    return total


def _parts(result: Grade, parts: Iterable[str], negatives: Iterable[str]) -> Iterable[str]:
    if result.star is None:
        yield "no analysis of its parts"
        return
    found = set(Part) - set(result.star.missing)
    for part in sorted(set(parts) - found):
        yield f"it is said to have the part {part}, and that is not seen"
    for part in sorted(found - set(parts)):
        yield f"it is not said to have the part {part}, and that is seen"
    seen = {finding.id for finding in result.findings}
    for negative in sorted(set(negatives) - seen):
        yield f"it is said to show {negative}, and that is not seen"
    for negative in sorted(seen - set(negatives)):
        yield f"it is not said to show {negative}, and that is seen"
