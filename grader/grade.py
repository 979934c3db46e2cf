"""What a grader returns: a score with the rows, and the quoted words, that make it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import TypeAdapter

from grader.code.verdict import CodeVerdict
from questions.model import Level, Part, Tier


@dataclass(frozen=True)
class Span:
    """Words quoted from the candidate: `answer[start:end]` of turn `turn` (0 is the first answer)."""

    turn: int
    start: int
    end: int
    text: str

    def overlaps(self, other: Span) -> bool:
        """Whether they share a word."""
        return self.turn == other.turn and self.start < other.end and other.start < self.end


class Gate(StrEnum):
    """Why an answer was not graded point by point."""

    EMPTY = "empty"
    DONT_KNOW = "dont-know"
    SHORT = "short"
    """Under 12 words: ask to expand once."""
    COPY = "copy"
    """Repeats the question."""
    LANGUAGE = "language"
    """Not in English, so it cannot be judged."""
    KEYWORDS = "keywords"
    """A list of terms without claims: at most 0.15."""
    MODEL_ANSWER = "model-answer"
    """Word for word the model answer that was shown."""
    UNREADABLE = "unreadable"
    """A number was asked and none was found."""
    UNDECIDED = "undecided"
    """Half of what counts could not be judged, because few ways to say it are known."""


UNSCORED = frozenset({Gate.LANGUAGE, Gate.UNDECIDED})
"""An answer behind these gates counts for nothing and against nothing."""


class Verdict(StrEnum):
    HIT = "hit"
    HALF = "half"
    MISSED = "missed"
    CONTRADICTED = "contradicted"
    """The answer states the opposite, or two clauses of it contradict each other."""
    NOT_JUDGED = "not-judged"


@dataclass(frozen=True)
class Row:
    """One key point: what it asks, what was found, and what it is worth."""

    id: str
    claim: str
    tier: Tier
    weight: float
    verdict: Verdict
    credit: float
    """0, 0.5 or 1, before hints and follow-ups are counted."""
    factor: float = 1.0
    """What hints (1, 0.75, 0.5) and follow-ups (0.7) leave of the credit."""
    span: Span | None = None
    """The words that earned the credit (or contradict it). No span, no credit."""
    confidence: float = 1.0
    reason: str = ""
    """A short sentence where the verdict needs one ("says that it rises; it falls")."""


@dataclass(frozen=True)
class Finding:
    """A misconception found in the answer."""

    id: str
    claim: str
    why_wrong: str
    penalty: float
    fatal: bool
    span: Span
    corrected: bool = False
    """A later turn took it back; the penalty is then halved and it no longer gates."""


class ProbeKind(StrEnum):
    MISCONCEPTION = "misconception"
    KEY_POINT = "key-point"
    NEUTRAL = "neutral"
    """The grader was not sure: the candidate is asked to say it in other words."""
    PART = "part"
    """A part of a behavioral story is missing."""
    OWNERSHIP = "ownership"
    NUMBER = "number"


@dataclass(frozen=True)
class Probe:
    """A follow-up question worth asking. Probes come in the order in which to ask them."""

    id: str
    """Unique in its question; the same id is not asked twice in a round."""
    kind: ProbeKind
    text: str
    target: str
    """The id of the row, finding or story part that the answer can mend."""


@dataclass(frozen=True)
class StarSentence:
    """One sentence of a behavioral answer with its label."""

    span: Span
    part: Part | None
    confidence: float
    own: bool = False
    """First person singular does something."""
    shared: bool = False
    """ "We" or the team does something."""
    numbers: tuple[str, ...] = ()
    vague: tuple[str, ...] = ()
    hypothetical: bool = False


@dataclass(frozen=True)
class Dimension:
    """One line of an interviewer's sheet, on the scale 1 (strong no) to 4 (strong yes)."""

    id: str
    title: str
    band: int | None
    """None: not judged; the candidate rates themself against the anchors."""
    weight: float
    note: str
    span: Span | None = None


@dataclass(frozen=True)
class StarReport:
    """The analysis of a behavioral story over all its turns."""

    sentences: tuple[StarSentence, ...]
    missing: tuple[Part, ...]
    """In the order in which to ask: action, result, learning, task, situation."""
    shares: dict[Part, float]
    """Share of the words, 0–1, by part (unlabelled words are left out)."""
    ownership: float | None
    """Share of the action sentences that say "I", 0–1; None without action sentences."""
    dimensions: tuple[Dimension, ...]
    keep: str
    """One thing to keep, with a quote."""
    change: str
    """One thing to change."""
    outline: tuple[tuple[Part, tuple[Span, ...]], ...]
    """The person's own sentences in STAR order; an empty tuple is a gap."""


@dataclass(frozen=True)
class ChoiceReport:
    """What was chosen from the options, with reasons."""

    chosen: str
    correct: str
    why_chosen: str
    why_correct: str


@dataclass(frozen=True)
class NumberReport:
    """What was read from the answer and what it should be."""

    read: float | None
    expected: float
    shown: str
    """The expected value as text, with its unit."""
    working: str
    slip: str = ""
    """The mistake that gives exactly this value, where the author foresaw it."""


@dataclass(frozen=True)
class Grade:
    """The result of one question over all its turns so far."""

    score: float
    """0–1."""
    band: int
    """1 strong no, 2 leaning no, 3 leaning yes, 4 strong yes."""
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    probes: tuple[Probe, ...] = ()
    confidence: float = 1.0
    """0–1: how far the methods agree."""
    gate: Gate | None = None
    notes: tuple[str, ...] = ()
    """Sentences for the candidate (text that was treated as data, a cap that applied)."""
    takeaway: str = ""
    star: StarReport | None = None
    choice: ChoiceReport | None = None
    number: NumberReport | None = None
    code: CodeVerdict | None = None


@dataclass(frozen=True)
class Turn:
    """One answer of the candidate within a question."""

    answer: str
    hints: int = 0
    """How far up the hint ladder (0–3) the candidate was when answering."""
    probe: str | None = None
    """The id of the follow-up that it answers; None for the first answer."""


@dataclass(frozen=True)
class Context:
    """What a grader must know besides the answer."""

    level: Level = Level.MID
    hints: int = 0
    """How far up the hint ladder (0–3) the candidate was when giving this answer."""
    probe: str | None = None
    """The id of the follow-up that this answer answers; None for the first answer."""
    earlier: tuple[Turn, ...] = field(default_factory=tuple[Turn, ...])
    """The turns before this one, oldest first."""
    variant: int = 0
    """Which draw of a numeric template was asked."""
    seen_model_answer: bool = False


_ADAPTER = TypeAdapter(Grade)


def encode(grade: Grade) -> str:
    """A grade as JSON."""
    return _ADAPTER.dump_json(grade, exclude_defaults=True).decode()


def decode(text: str) -> Grade:
    """The grade of a JSON text written by `encode`."""
    return _ADAPTER.validate_json(text)
