"""A question part by part, in words, the most important parts first: to read all of it, and to see what changed.

`parts_of` leaves nothing out that a file of the question says, but for its id and version: tests hold it against that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from bot.services.drafts import Kind
from questions.code_task import CaseSource, CodeTask, FollowUp
from questions.expression import Expression, ExpressionError, format_number
from questions.kinds import AnyQuestion
from questions.model import (
    FULL_ANSWER,
    Behavioral,
    CalibrationAnswer,
    FreeText,
    KeyPoint,
    Level,
    Misconception,
    Model,
    MultipleChoice,
    Numeric,
    Reference,
    Signal,
    StarAnswer,
)
from questions.model import Part as StoryPart
from questions.taxonomy import taxonomy

NEGATIVES = {
    "blames": "speaks of colleagues with contempt",
    "hypothetical": "says what one would do, not what happened",
    "vague": "stays vague",
    "we-only": "tells the action only as “we”",
}
"""What speaks against any story, by the ids that files use (`questions.model.BUILT_IN_NEGATIVES`)."""


class Look(Enum):
    """How a part is written."""

    PROSE = auto()
    """Words; each line is a paragraph or an entry of a list."""
    PATTERN = auto()
    """Expressions that are matched or computed: formulas and regular expressions, one a line."""
    CODE = auto()
    """A program, as one text."""


@dataclass(frozen=True)
class Part:
    """Something that a question says."""

    section: str
    """What kind of part it is, the same for all entries of a list."""
    entry: str
    """Which entry of a list; '' where there is one only."""
    title: str
    """What the entry, or the section, is called: “Key point 2”."""
    name: str
    """What of it: “why it is wrong”; '' for what it mainly says."""
    lines: tuple[str, ...]
    look: Look = Look.PROSE
    means: tuple[str, ...] = ()
    """The ids of other parts that the lines name: as long as these stay, it says the same."""
    value: str = ""
    """What a formula comes to, for example; it follows from the lines and other parts, so it makes no difference."""

    @property
    def label(self) -> str:
        return f"{self.title}, {self.name}" if self.name else self.title

    def same(self, other: Part) -> bool:
        """Whether another state of the part says the same."""
        return self.lines == other.lines or (bool(self.means) and self.means == other.means)


def negative_words(name: str, own: Mapping[str, str]) -> str:
    """What a negative of a story is, in words; `own`: the claims of the question's own ones by their ids."""
    return NEGATIVES.get(name) or own.get(name) or name


def parts_of(question: AnyQuestion) -> tuple[Part, ...]:
    """All that a question says, the most important first."""
    every = [*_asked(question), *_rubric(question), *_calibration(question), *_around(question)]
    return tuple(part for part in every if any(part.lines))


def _one(section: str, title: str, *lines: str, name: str = "", look: Look = Look.PROSE) -> Part:
    return Part(section, "", title, name, lines, look)


def _asked(question: AnyQuestion) -> Iterator[Part]:
    yield _one("type", "Kind of question", Kind(question.type).words)
    if isinstance(question, CodeTask):
        yield _one("title", "Title", question.title)
        yield _one("prompt", "Statement", question.prompt)
        yield _one("signature", "Signature", question.signature, look=Look.PATTERN)
    else:
        yield _one("prompt", "Prompt", question.prompt)


def _rubric(question: AnyQuestion) -> Iterator[Part]:
    match question:
        case FreeText():
            yield from _free_text(question)
        case MultipleChoice():
            yield from _choice(question)
        case Numeric():
            yield from _numeric(question)
        case Behavioral():
            yield from _story(question)
        case CodeTask():
            yield from _task(question)
    for number, hint in enumerate(question.hints, 1):
        yield Part("hints", str(number), f"Hint {number}" if len(question.hints) > 1 else "Hint", "", (hint,))


# What a kind counts


def _free_text(question: FreeText) -> Iterator[Part]:
    for number, point in enumerate(question.key_points, 1):
        yield from _point(point, "key_points", point.id, f"Key point {number}")
    for number, wrong in enumerate(question.misconceptions, 1):
        yield from _misconception(wrong, "misconceptions", wrong.id, f"Misconception {number}")
    yield _one("model_answer", "Model answer", question.model_answer.full, name="in full")
    yield _one("model_answer", "Model answer", question.model_answer.short, name="in short")
    contrasts = (
        " ⇔ ".join(f"{who}: {', '.join(what)}" for who, what in contrast.items()) for contrast in question.contrasts
    )
    yield _one("contrasts", "Contrasts", *contrasts)
    yield _one("relations", "Relations", *(f"{one.cause} → {one.effect}" for one in question.relations))
    yield _one("red_flags", "Red flags", *question.red_flags)


def _point(point: KeyPoint, section: str, entry: str, title: str) -> Iterator[Part]:
    def part(name: str, lines: Iterable[str], look: Look = Look.PROSE) -> Part:
        return Part(section, entry, title, name, tuple(lines), look)

    yield part("", [point.claim])
    yield part("worth", [f"{point.tier.value}, weight {point.weight}"])
    yield part("ways to say it", point.accept.phrases)
    yield part("what must be named", (" / ".join(group) for group in point.accept.concepts))
    yield part("patterns", point.accept.patterns, Look.PATTERN)
    yield part("half of it", point.half, Look.PATTERN)
    yield part("never where it says", point.reject_if, Look.PATTERN)
    yield part("the wrong way round", point.opposites)
    yield part("follow-up", [point.followup])


def _misconception(wrong: Misconception, section: str, entry: str, title: str) -> Iterator[Part]:
    def part(name: str, lines: Iterable[str], look: Look = Look.PROSE) -> Part:
        return Part(section, entry, title, name, tuple(lines), look)

    cost = f"{wrong.penalty:g} of the score" if wrong.penalty else "nothing, it is only told"
    yield part("", [wrong.claim])
    yield part("what it costs", [f"fatal, and {cost}" if wrong.fatal else cost])
    yield part("why it is wrong", [wrong.why_wrong])
    yield part("ways to say it", wrong.phrases)
    yield part("patterns", wrong.signals, Look.PATTERN)
    yield part("question that lets them correct it", [wrong.probe or ""])


def _choice(question: MultipleChoice) -> Iterator[Part]:
    for option in question.options:
        title = f"Option {option.id}"
        yield Part("options", option.id, title, "", (option.text,))
        yield Part("options", option.id, title, "counts as", ("✓ right" if option.correct else "✗ wrong",))
        yield Part("options", option.id, title, "why", (option.why,))
        yield Part("options", option.id, title, "misconception behind it", (option.tag or "",))
    yield _one("shuffle", "Order of the options", "" if question.shuffle else "always as written")
    yield _one("takeaway", "What to remember", question.takeaway)


def _numeric(question: Numeric) -> Iterator[Part]:
    drawn = question.draw(0)
    comes_to = value_of(question.answer, drawn, question.unit)
    yield Part("answer", "", "Answer", "", (question.answer,), Look.PATTERN, value=comes_to)
    yield _one("unit", "Unit", question.unit)
    far = question.tolerance
    within = f"{100 * far.relative:g} % of it" if far.relative is not None else f"{far.absolute:g}"
    yield _one("tolerance", "How far off still counts", within)
    numbers = (f"{name}: {', '.join(f'{value:g}' for value in values)}" for name, values in question.params.items())
    yield _one("params", "Numbers to draw from", *numbers)
    for number, mistake in enumerate(question.mistakes, 1):
        title = f"Typical mistake {number}"
        yield Part("mistakes", mistake.claim, title, "", (mistake.claim,))
        comes_to = value_of(mistake.value, drawn, question.unit)
        yield Part("mistakes", mistake.claim, title, "result", (mistake.value,), Look.PATTERN, value=comes_to)
        yield Part("mistakes", mistake.claim, title, "why it is wrong", (mistake.why_wrong,))
    yield _one("working", "Working", question.working)
    yield _one("takeaway", "What to remember", question.takeaway)


def value_of(formula: str, params: Mapping[str, float], unit: str) -> str:
    """What a formula comes to, and with which numbers: “25 % for n = 2”.

    '' for a number, which says so itself, and for what has no value with these numbers.
    """
    try:
        float(formula)
    except ValueError:
        pass
    else:
        return ""
    try:
        read = Expression(formula)
        value = read.value(params)
    except ExpressionError:
        return ""
    drawn = ", ".join(f"{name} = {format_number(number)}" for name, number in params.items() if name in read.names)
    return f"{format_number(value)} {unit}".strip() + (f" for {drawn}" if drawn else "")


def _story(question: Behavioral) -> Iterator[Part]:
    yield _one("competency", "Competency", question.competency)
    yield _one("model_answer", "Model story", question.model_answer.full)
    for section, title, told in (
        ("anchors", "Anchor", {str(band): (text,) for band, text in sorted(question.anchors.items())}),
        ("level_scope", "Scope for", {level.value: (question.level_scope[level],) for level in Level}),
        ("look_for", "What to listen for:", {part.value: (question.look_for[part],) for part in StoryPart}),
        ("probes", "Follow-ups:", {part.value: question.probes[part] for part in StoryPart}),
    ):
        for entry, lines in told.items():
            yield Part(section, entry, f"{title} {entry}", "", lines)
    for section, title, signals in (
        ("positives", "What speaks for it", question.positives),
        ("negatives", "What speaks against it", question.negatives),
    ):
        for number, signal in enumerate(signals, 1):
            yield from _signal(signal, section, f"{title} {number}")


def _signal(signal: Signal, section: str, title: str) -> Iterator[Part]:
    yield Part(section, signal.id, title, "", (signal.claim,))
    yield Part(section, signal.id, title, "why", (signal.why,))
    yield Part(section, signal.id, title, "patterns", signal.signals, Look.PATTERN)


def _task(task: CodeTask) -> Iterator[Part]:
    yield _one("editorial", "How it is done", task.editorial)
    yield _one("solution", "Solution", task.solution, look=Look.CODE)
    yield _one("starter", "Starter", task.starter, look=Look.CODE)
    for number, wrong in enumerate(task.wrong, 1):
        title = f"Wrong solution {number}"
        yield Part("wrong", wrong.why, title, "", (wrong.why,))
        yield Part("wrong", wrong.why, title, "must get", (wrong.expect.value.replace("_", " "),))
        yield Part("wrong", wrong.why, title, "program", (wrong.code,), Look.CODE)
    yield _one("samples", "Samples", *map(_case, task.samples), look=Look.PATTERN)
    yield _one("sample_points", "Points for the samples", str(task.sample_points))
    for number, group in enumerate(task.hidden, 1):
        title = f"Hidden cases {number}"
        yield Part("hidden", group.name, title, "", (group.name,))
        yield Part("hidden", group.name, title, "points", (str(group.points),))
        yield Part("hidden", group.name, title, "cases", tuple(map(_case, group.cases)), Look.PATTERN)
    for number, made in enumerate(task.generated, 1):
        title = f"Generated cases {number}"
        yield Part("generated", made.group, title, "", (made.group,))
        yield Part("generated", made.group, title, "how", (_settings(made, "group"),), Look.PATTERN)
    for section, title, code in (
        ("generate", "Program that makes cases", task.generate),
        ("check", "Program that checks answers", task.check),
        ("data", "Program that makes the data", task.data),
        ("fixtures", "Code that is there for everybody", task.fixtures),
    ):
        yield _one(section, title, code or "", look=Look.CODE)
    for number, code in enumerate(task.accepted, 1):
        yield Part("accepted", str(number), f"Other right solution {number}", "", (code,), Look.CODE)
    for number, asked in enumerate(task.followups, 1):
        yield from _followup(asked, f"Follow-up {number}")
    yield _one("compare", "How answers are compared", _settings(task.compare), look=Look.PATTERN)
    yield _one("limits", "Limits", _settings(task.limits), look=Look.PATTERN)
    yield _one("score", "Score", _settings(task.score) if task.score else "", look=Look.PATTERN)
    yield _one("minutes", "Time that it should take", f"{task.minutes} minutes")
    rest = {
        "kind": task.kind.value,
        "style": task.style.value,
        "entry": task.entry,
        "needs": ", ".join(task.needs),
        "forbid": ", ".join(task.forbid),
        "seed": str(task.seed),
    }
    yield _one("frame", "Frame", *(f"{name}: {value}" for name, value in rest.items() if value))
    yield _one("notes", "Notes for moderators", task.notes)


def _followup(asked: FollowUp, title: str) -> Iterator[Part]:
    yield Part("followups", asked.id, title, "", (asked.ask,))
    yield Part("followups", asked.id, title, "a good answer", (asked.model,))
    for number, point in enumerate(asked.key_points, 1):
        yield from _point(point, "followups", f"{asked.id}/{point.id}", f"{title}, key point {number}")
    for number, wrong in enumerate(asked.misconceptions, 1):
        yield from _misconception(wrong, "followups", f"{asked.id}/{wrong.id}", f"{title}, misconception {number}")


def _case(case: CaseSource) -> str:
    settings = [f"weight {case.weight}"] if case.weight != 1 else []
    expected = f" → {'raises ' if case.raises else ''}{case.expected}" if case.expected is not None else ""
    told = "; ".join([case.why, *settings, *([case.hint] if case.hint else [])])
    return f"{case.call}{expected}  # {told}"


def _settings(model: Model, *without: str) -> str:
    """The settings that differ from the usual ones, as the file words them."""
    dumped: dict[str, Any] = model.model_dump(mode="json", exclude_defaults=True, exclude=set(without))
    return ", ".join(f"{name}: {value}" for name, value in dumped.items())


# What every kind has


def _calibration(question: AnyQuestion) -> Iterator[Part]:
    if isinstance(question, FreeText):
        points = {point.id: str(number) for number, point in enumerate(question.key_points, 1)}
        wrongs = {wrong.id: wrong.claim for wrong in question.misconceptions}
        for answer in question.calibration_answers:
            yield from _answer(answer, question.calibration_text(answer))
            for name, ids in (("key points it makes", answer.hits), ("half made", answer.halves)):
                shown = (", ".join(points[one] for one in ids),)
                yield _of_answer(answer.label, name, shown, ids)
            claims = tuple(wrongs[one] for one in answer.misconceptions)
            yield _of_answer(answer.label, "misconceptions in it", claims, answer.misconceptions)
    if isinstance(question, Behavioral):
        own = {signal.id: signal.claim for signal in question.negatives}
        for answer in question.calibration_answers:
            yield from _answer(answer, question.calibration_text(answer))
            yield _of_answer(answer.label, "parts that are told", (", ".join(answer.parts),), tuple(answer.parts))
            against = tuple(negative_words(name, own) for name in answer.negatives)
            yield _of_answer(answer.label, "what speaks against it", against, answer.negatives)


def _answer(answer: CalibrationAnswer | StarAnswer, text: str) -> Iterator[Part]:
    shown = "the full model answer" if answer.text.strip() == FULL_ANSWER else text
    yield _of_answer(answer.label, "", (shown,))
    bands = ", ".join(f"{level.value} {answer.band[level]}" for level in Level)
    yield _of_answer(answer.label, "bands", (bands,))


def _of_answer(label: str, name: str, lines: tuple[str, ...], means: Sequence[str] = ()) -> Part:
    kept = tuple(means) if any(lines) else ()
    return Part("calibration_answers", label, f"Calibration answer “{label}”", name, lines, means=kept)


def source_words(source: Reference) -> str:
    """A book or paper with all that is known of it."""
    chapter = f"chapter {source.chapter}" if source.chapter else ""
    return " · ".join(filter(None, (source.title, source.author, str(source.year or ""), chapter)))


def _around(question: AnyQuestion) -> Iterator[Part]:
    yield _one("references", "Sources", *map(source_words, question.references))
    yield _one("topics", "Topics", *(f"{taxonomy().name(topic)} ({topic})" for topic in question.topics))
    yield _one("levels", "Levels", ", ".join(question.levels))
    yield _one("rounds", "Rounds", ", ".join(question.rounds))
    hard = question.difficulty
    prior = f" (b {hard.b:g}, a {hard.a:g}, c {hard.c:g})" if (hard.b, hard.a, hard.c) != (0.0, 1.0, 0.0) else ""
    yield _one("difficulty", "Difficulty", f"{hard.level} of 5{prior}")
    if question.time_limit_s is not None:
        yield _one("time_limit_s", "Time limit", f"{question.time_limit_s} seconds")
