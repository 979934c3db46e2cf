"""A story: the pieces of all its turns with their labels, and what can be counted over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.grade import Context, Span, StarSentence
from grader.text import star_cues as cues
from grader.text.star._features import Reading
from grader.text.star._labels import Reader
from grader.text.star._model import Model
from grader.text.star._sentences import WORD, Piece, fold, pieces
from grader.text.star_cues import Label
from questions.model import Part

ASKED = {"own": Part.ACTION, "number": Part.RESULT}
"""The part that ownership and number probes ask about."""


@dataclass(frozen=True)
class Said:
    """One labelled piece."""

    piece: Piece
    span: Span
    part: Label
    chances: dict[Label, float]
    """The probability of each label."""
    reading: Reading
    prompted: bool
    """It answers a follow-up."""

    @property
    def confidence(self) -> float:
        return self.chances[self.part]

    @property
    def has(self) -> dict[str, float]:
        return self.reading.features

    @property
    def own(self) -> bool:
        return bool(self.reading.doing.own)

    @property
    def shared(self) -> bool:
        return bool(self.reading.doing.shared)

    @property
    def real(self) -> bool:
        """It tells something about an event: no hypothesis, and no word to the grader."""
        return not self.reading.hypothetical and not self.reading.instruction

    @property
    def sentence(self) -> StarSentence:
        return StarSentence(
            self.span, self.part, round(self.confidence, 4), own=self.own, shared=self.shared,
            numbers=self.reading.numbers, vague=self.reading.vague, hypothetical=self.reading.hypothetical,
        )  # fmt: skip


@dataclass(frozen=True)
class Story:
    turns: tuple[str, ...]
    folded: tuple[str, ...]
    said: tuple[Said, ...]
    words: int
    """Of all turns."""
    first_words: int
    """Of the first answer, whose length an interviewer minds."""
    asked: frozenset[str]
    """The ids of the probes asked so far."""

    def of(self, part: Part) -> Iterator[Said]:
        return (said for said in self.said if said.part is part)

    def span(self, turn: int, start: int, end: int) -> Span:
        return Span(turn, start, end, self.turns[turn][start:end])


def asked_part(probe: str | None) -> Part | None:
    """The part that a follow-up asked about."""
    if not probe:
        return None
    kind, _, rest = probe.partition(":")
    if kind == "part":
        name = rest.partition(":")[0]
        return Part(name) if name in set(Part) else None
    return ASKED.get(kind)


def tell(answer: str, context: Context, model: Model) -> Story:
    """The story told over the earlier turns and this answer, as the model labels it."""
    turns = (*(turn.answer for turn in context.earlier), answer)
    probes = (*(turn.probe for turn in context.earlier), context.probe)
    folded = tuple(fold(turn) for turn in turns)
    reader = Reader(model)
    said: list[Said] = []
    for number, (text, flat, probe) in enumerate(zip(turns, folded, probes, strict=True)):
        cut = pieces(number, flat, reader.differ)
        labels = reader.label(cut, asked_part(probe), first=probe is None)
        said += [
            Said(
                piece, Span(number, piece.start, piece.end, text[piece.start : piece.end]),
                part, chances, reader.read(piece.folded), prompted=probe is not None,
            )
            for piece, (part, chances) in zip(cut, labels, strict=True)
        ]  # fmt: skip
    lengths = [len(WORD.findall(flat)) for flat in folded]
    return Story(turns, folded, tuple(said), sum(lengths), lengths[0], frozenset(p for p in probes if p))


def shares(said: Sequence[Said]) -> dict[Part, float]:
    """Share of the labelled words by part."""
    counts = {part: sum(s.reading.words for s in said if s.part is part) for part in Part}
    total = sum(counts.values())
    return {part: count / total if total else 0.0 for part, count in counts.items()}


def is_english(folded: str) -> bool:
    """Whether the text can be judged as English; short texts and notes get the benefit of the doubt."""
    letters = [c for c in folded if c.isalpha()]
    if len(letters) >= 8 and sum(c > "\u024f" for c in letters) > 0.5 * len(letters):
        return False
    words = WORD.findall(folded)
    english = sum(word in cues.ENGLISH for word in words)
    foreign = sum(word in cues.FOREIGN for word in words)
    return len(words) < 8 or foreign <= english or foreign < 0.12 * len(words)
