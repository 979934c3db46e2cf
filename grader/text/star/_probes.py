"""Follow-ups: what to ask next, in the candidate's own words."""

from __future__ import annotations

import re

from grader.grade import Probe, ProbeKind, Row, Span
from grader.text import star_cues as cues
from grader.text.star._parts import Ownership
from grader.text.star._sentences import WORD
from grader.text.star._story import Said, Story
from questions.model import Behavioral, Part

PROBE_ORDER = (Part.ACTION, Part.RESULT, Part.LEARNING, Part.TASK, Part.SITUATION)
"""The costliest gap first."""
QUOTE_WORDS = 12
USEFUL_WORDS = 3
CLEAR_OWNERSHIP = 0.5
"""With a smaller share of "I" in the action, it is asked whose steps they were."""

GENERIC_PROBES: dict[Part, tuple[str, str]] = {
    Part.SITUATION: ("When and where was this, and what was going wrong?", "Who was affected, and how badly?"),
    Part.TASK: ("What were you answerable for?", "What would have happened if you had done nothing?"),
    Part.ACTION: (
        "What did you do yourself, step by step?",
        "What did you say or write, and to whom? What did you reject?",
    ),
    Part.RESULT: (
        "How did it end?",
        "What number or reaction shows that? If there is none, how would you have measured it?",
    ),
    Part.LEARNING: ("What would you do earlier next time?", "Where have you used that since?"),
}
OWNERSHIP_PROBE, NUMBER_PROBE = "own:1", "number:1"

_CLAUSE_END = re.compile(
    r"[,;:.!?()]+(?=\s|$)|\s[–—-]+\s"
    r"|\s+(?:so|which|because|but|while|when|after|before|and|since|where|until|although|though|if|then|that)\b"
)
_PHRASE_END = re.compile(r"\s+(?:in|on|with|for|to|by|from|at|of|into|over|during|using|within|across|through|about)\b")
_LEAD = re.compile(
    r"(?:\s|,|(?:and|so|but|then|because|after that|as a result|in the end|eventually|finally|that|also|afterwards)\b"
    r"|which\b(?=\s+\w+ed\b))+"
)
_SHARED = re.compile(r"\b(?:we|we've|we'd|the team|our team|my team)\b")


def probes(story: Story, question: Behavioral | None, table: tuple[Row, ...], owned: Ownership) -> tuple[Probe, ...]:
    """The follow-ups worth asking, in order; none that was asked before."""
    credit = {row.id: row.credit for row in table}
    found = [probe for part in PROBE_ORDER if not credit[part] and (probe := _part(story, question, part))]
    if OWNERSHIP_PROBE not in story.asked and (quote := shared_quote(story, owned)):
        text = f'You said "{quote.text}": which steps were yours?'
        probe = Probe(OWNERSHIP_PROBE, ProbeKind.OWNERSHIP, text, Part.ACTION.value)
        # With no own step at all this is the missing action, the costliest gap.
        found.insert(len(found) if owned.visible else 0, probe)
    if NUMBER_PROBE not in story.asked and (quote := improvement_quote(story)):
        text = f'You said "{quote.text}": by how much, and how did you measure it?'
        found.append(Probe(NUMBER_PROBE, ProbeKind.NUMBER, text, Part.RESULT.value))
    kinds = {probe.kind for probe in found}
    for part, covered in ((Part.ACTION, ProbeKind.OWNERSHIP), (Part.RESULT, ProbeKind.NUMBER)):
        # Half a part is worth asking for only after the gaps, and only once.
        if credit[part] == 0.5 and covered not in kinds and (probe := _part(story, question, part)):
            found.append(probe)
    return tuple(found)


def _part(story: Story, question: Behavioral | None, part: Part) -> Probe | None:
    texts = question.probes[part] if question else GENERIC_PROBES[part]
    ids = [f"part:{part}", *(f"part:{part}:{n}" for n in range(2, len(texts) + 1))]
    for probe_id, text in zip(ids, texts, strict=True):
        if probe_id not in story.asked:
            return Probe(probe_id, ProbeKind.PART, text, part.value)
    return None


def shared_quote(story: Story, owned: Ownership) -> Span | None:
    """What the candidate says "we" did, where their own part is not clear."""
    if owned.share is None or (owned.visible and owned.steps > 1 and owned.share >= CLEAR_OWNERSHIP):
        return None
    shared = [s for s in story.of(Part.ACTION) if s.real and s.shared]
    for said in sorted(shared, key=lambda s: s.own):
        if match := _SHARED.search(said.piece.folded):
            return clause(story, said, match.start(), match.end())
    return None


def improvement_quote(story: Story) -> Span | None:
    """A claimed improvement without a number, where no result has one."""
    if any(said.reading.numbers for said in story.of(Part.RESULT)):
        return None
    claims = [s for s in story.said if s.part in {Part.RESULT, Part.ACTION} and s.real and not s.reading.numbers]
    for said in sorted(claims, key=lambda s: s.part is not Part.RESULT):
        if match := cues.IMPROVEMENT.search(said.piece.folded):
            ends = [m.end() for m in _CLAUSE_END.finditer(said.piece.folded, 0, match.start())]
            start = ends[-1] if ends else 0
            if lead := _LEAD.match(said.piece.folded, start):
                start = min(lead.end(), match.start())
            if len(WORD.findall(said.piece.folded, start, match.end())) > QUOTE_WORDS:
                start = match.start()
            return clause(story, said, start, match.end())
    return None


def clause(story: Story, said: Said, start: int, sure: int) -> Span:
    """The shortest useful clause from `start` that reaches beyond `sure`: at most QUOTE_WORDS whole words."""
    folded = said.piece.folded
    starts = [m.start() for m in WORD.finditer(folded, start)]
    limit = starts[QUOTE_WORDS] if len(starts) > QUOTE_WORDS else len(folded)
    useful = starts[USEFUL_WORDS - 1] if len(starts) >= USEFUL_WORDS else len(folded)
    ends = [m.start() for m in _CLAUSE_END.finditer(folded, max(sure, useful)) if m.start() <= limit]
    if not ends and limit < len(folded):
        ends = [m.start() for m in _PHRASE_END.finditer(folded, max(sure, useful)) if m.start() <= limit][-1:]
    end = ends[0] if ends else limit
    while end > start and not (folded[end - 1].isalnum() or folded[end - 1] in "%+#€$"):
        end -= 1
    while start < end and not (folded[start].isalnum() or folded[start] in "$€£"):
        start += 1
    return story.span(said.piece.turn, said.piece.start + start, said.piece.start + end)
