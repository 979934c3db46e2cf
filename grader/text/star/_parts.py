"""Credit for the five parts, the negatives found, and the band that follows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from grader.grade import Finding, Row, Span, Verdict
from grader.text import star_cues as cues
from grader.text.star._sentences import WORD
from grader.text.star._story import Said, Story
from grader.text.star._verbs import verb
from questions.model import Behavioral, Level, Part, Signal, Tier
from questions.pattern import compile_pattern

PART_WEIGHTS: dict[Part, float] = {
    Part.SITUATION: 0.10,
    Part.TASK: 0.10,
    Part.ACTION: 0.40,
    Part.RESULT: 0.25,
    Part.LEARNING: 0.15,
}
PROBED_FACTOR = 0.85
"""What a part is worth that only a follow-up brought out. Follow-ups are a normal part of a behavioral interview,
so they cost less here than the 0.7 of a knowledge question."""
DISTINCT_STEPS = 2
"""Own steps for the full credit of the action."""
SURE = 0.6
"""How likely a lesson must be that has no wording of one: closing remarks resemble lessons."""
HINTED = 0.4
"""From which probability on a sentence hints at the situation, though its label is another."""
SITUATION_WORDS = 8
LESSON_WORDS = 5
FOUR, THREE, TWO = 0.80, 0.60, 0.35
"""From which score each band starts."""
PENALTIES = {"hypothetical": 0.30, "blames": 0.20, "we-only": 0.10, "vague": 0.05}
OWN_NEGATIVE_PENALTY = 0.10
"""For a negative that the question lists."""
MAYBE_ACTION = 0.3
"""From which probability on a sentence counts, with that weight, when it is told whose actions a story tells."""
SOMEBODY = 0.4
"""Fewer mentions, weighed so, name nobody."""
PERHAPS = 0.2
"""How likely a sentence must tell a part for its figure, or its wording of a lesson, to count."""
MENTIONS = 2
"""Of "I" or "we" in one sentence; more say no more."""
MOSTLY_I, MOSTLY_WE = 0.75, 0.3
"""Share of "I" among the mentions."""
VAGUE_WORDS = 4
VAGUE_SHARE = 1 / 16

GENERIC_CLAIMS: dict[Part, str] = {
    Part.SITUATION: "When and where it was, and what was going on.",
    Part.TASK: "What you yourself were answerable for.",
    Part.ACTION: "What you did, in at least two steps of your own.",
    Part.RESULT: "How it ended: a number, a decision or a reaction.",
    Part.LEARNING: "What you would do differently, or have done differently since.",
}
_NEGATED = re.compile(r"(?:\b(?:not|never|no|nobody|wasn't|weren't|isn't|aren't)|n't)(?:\W+\w+){0,2}\W*$")
_I = re.compile(r"\bi\b")
_WE = re.compile(r"\bwe\b|\b(?:the|our|my) team\b(?=\s+\w+ed\b)")
_BELOW = re.compile(
    r"\b(?:that|which|what|when|where|how|why|whether|if|because|as|since|than|before|until|till|while|who|whom|although|"
    r"though|the \w+|\w+s|everything|suggested|proposed|insisted|said|thought|knew|believed|felt|hoped|asked|"
    r"(?:told|asked) \w+) $"
)
"""Before "I" or "we": what follows is told by another verb's subject."""
_TOGETHER = re.compile(
    r"(?:(?<=^)|(?<=[,;:.] )|\b(?:then|later|so|together|meanwhile|and) )"
    r"(?:(?:my|the|our|a|one|two) (?:[\w'-]+ ){1,3}|[\w'-]+ )and (?:i|me)\b(?! (?:was|am)\b)"
    r"|\b(?:me|i) and (?:(?:my|the|our|a) )?[\w'-]+|\bi,? together with\b"
)
"""The teller and others as one subject."""

Credit = tuple[float, Said | None, str]
"""0, ½ or 1, the sentence that earned it, and a reason where one is needed."""
_LESSONS = {"learned", "hindsight", "since-then"}
NOTHING: Credit = (0.0, None, "")


@dataclass(frozen=True)
class Ownership:
    own: int
    """Action sentences that say "I"."""
    sentences: int
    shared: int
    """Action sentences in which the group acts."""
    steps: int
    """Distinct steps of one's own."""
    i: int
    we: int

    @property
    def share(self) -> float | None:
        return self.own / self.sentences if self.sentences else None

    @property
    def we_only(self) -> bool:
        return self.shared > 0 and self.we > 3 * self.i

    @property
    def visible(self) -> bool:
        """Whether the candidate's own contribution can be told from the group's."""
        return self.steps > 0 and not self.we_only


def teller(story: Story) -> str:
    """Whose actions are told: "I", "we", "mixed" or "none" (no actions, or nobody who does them)."""
    i = we = implied = 0.0
    for said in story.said:
        chance = said.chances[Part.ACTION]
        if said.real and chance >= MAYBE_ACTION:
            mine, ours = _actors(said.piece.folded)
            i += chance * min(mine, MENTIONS)
            we += chance * min(ours, MENTIONS)
            implied += chance * (said.reading.doing.implied and not mine and not ours)
    # "Wrote a test." has the doer of the sentences around it.
    i, we = (i + implied, we) if i >= we else (i, we + implied)
    if i + we < SOMEBODY:
        return "none"
    share = i / (i + we)
    return "I" if share > MOSTLY_I else "we" if share < MOSTLY_WE else "mixed"


def _actors(folded: str) -> tuple[int, int]:
    """How often "I" and the group act in a sentence: "I saw that we embedded each query twice" is an act of one's own,
    "my colleague and I sorted them" one of the group."""
    together = [match for match in _TOGETHER.finditer(folded) if not any(map(_acts, WORD.findall(match[0])))]
    for match in together:
        folded = folded[: match.start()] + " " * (match.end() - match.start()) + folded[match.end() :]
    mine, ours = ([not _BELOW.search(folded, 0, m.start()) for m in who.finditer(folded)] for who in (_I, _WE))
    if not any(mine + ours) and not together:
        return len(mine), len(ours)
    return sum(mine), sum(ours) + len(together)


def _acts(word: str) -> bool:
    return verb(word)[1] == "past"


def is_quantified(story: Story) -> bool:
    """Whether the result holds a figure, in digits or words."""
    ends = [said for said in story.said if said.real and said.chances[Part.RESULT] >= PERHAPS]
    return any(holds_figure(said.piece.folded) for said in ends)


def holds_figure(folded: str) -> bool:
    """Whether a sentence measures something: no dates, versions, sizes of one's own group, or people who thanked."""
    measured = cues.NO_FIGURE.sub(" ", folded)
    return bool(cues.NUMBER.search(measured) or cues.FIGURE.search(measured))


def ownership(story: Story) -> Ownership:
    """Who acts in the action sentences."""
    acting = [said for said in story.of(Part.ACTION) if said.real]
    own = [said for said in acting if said.own or said.reading.doing.observed]
    return Ownership(
        own=len(own),
        sentences=sum(said.own or said.shared or said.reading.doing.observed for said in acting),
        shared=sum(said.shared for said in acting),
        steps=len({step for said in acting for step in said.reading.doing.own}),
        i=sum(len(_I.findall(said.piece.folded)) + said.reading.doing.implied for said in acting),
        we=sum(len(_WE.findall(said.piece.folded)) for said in acting),
    )


def rows(story: Story, question: Behavioral | None) -> tuple[Row, ...]:
    """One row a part, with the best sentence as evidence."""
    told = [said for said in story.said if said.real]
    if is_hypothetical(story):
        told = [said for said in told if "past" in said.has]
    if any(_vague(story)):
        # In a story of "things" and "somehow", only sentences without such words tell anything.
        told = [said for said in told if not said.reading.vague or said.reading.numbers]
    unprompted = [said for said in told if not said.prompted]
    found: list[Row] = []
    for part, judge in _JUDGES.items():
        credit, best, reason = judge(told)
        alone = judge(unprompted)[0] if credit else 0.0
        found.append(
            Row(
                id=part.value,
                claim=question.look_for[part] if question else GENERIC_CLAIMS[part],
                tier=Tier.CORE,
                weight=PART_WEIGHTS[part],
                verdict=Verdict.HIT if credit == 1 else Verdict.HALF if credit else Verdict.MISSED,
                credit=credit,
                factor=round((alone + PROBED_FACTOR * max(0.0, credit - alone)) / credit, 4) if credit else 1.0,
                span=best.span if best else None,
                confidence=round(best.confidence, 4) if best else 1.0,
                reason=reason,
            )
        )
    return tuple(found)


def settle(story: Story, table: tuple[Row, ...]) -> Story:
    """The story with labels that agree with the credit.

    A part can be earned by a sentence that was labelled otherwise: one sentence often sets the scene and names
    the task. Where that sentence's own part has others, it moves to the part that has none.
    """
    said = list(story.said)
    for row in table:
        part = Part(row.id)
        if row.span is None or any(s.part is part for s in said):
            continue
        index = next(i for i, s in enumerate(said) if s.span == row.span)
        if sum(s.part is said[index].part for s in said) > 1:
            said[index] = replace(said[index], part=part)
    return replace(story, said=tuple(said))


def _best(said: Iterable[Said], worth: Callable[[Said], float]) -> Said | None:
    return max(said, key=lambda s: (worth(s), s.confidence), default=None)


def _situation(told: list[Said]) -> Credit:
    scene = [said for said in told if said.part is Part.SITUATION]
    if not scene:
        # One sentence often sets the scene and names the task.
        opening = [s for s in told[:1] if s.part in {Part.TASK, Part.ACTION}]
        merged = [s for s in told if s.part is Part.TASK and "when-where" in s.has]
        merged = [s for s in opening + merged if s.reading.words >= SITUATION_WORDS]
        merged += [s for s in told if s.chances[Part.SITUATION] >= HINTED]
        return (0.5, merged[0], "The scene is only hinted at.") if merged else NOTHING
    best = _best(
        scene, lambda s: len(s.has.keys() & {"when-where", "setting", "trouble"}) + 0.01 * min(s.reading.words, 30)
    )
    concrete = any(s.has.keys() & {"when-where", "setting", "trouble"} for s in scene)
    if sum(s.reading.words for s in scene) >= (SITUATION_WORDS if concrete else 2 * SITUATION_WORDS):
        return 1.0, best, ""
    return 0.5, best, "The scene is thin."


def _task(told: list[Said]) -> Credit:
    named = [s for s in told if s.part is Part.TASK] or [
        s for s in told if "my-role" in s.has and s.part not in {None, Part.LEARNING, Part.RESULT}
    ]
    if named:
        best = _best(named, lambda s: 2.0 * ("my-role" in s.has) + ("goal" in s.has))
        return 1.0, best, ""
    goals = [s for s in told if s.part is Part.SITUATION and "goal" in s.has]
    return (0.5, goals[0], "The goal is there; what you were answerable for is not.") if goals else NOTHING


def _action(told: list[Said]) -> Credit:
    acting = [s for s in told if s.part is Part.ACTION]
    own = [s for s in acting if s.own]
    steps = {step for s in own for step in s.reading.doing.own}
    best = _best(own, lambda s: len(s.reading.doing.own))
    if len(steps) >= DISTINCT_STEPS:
        return 1.0, best, ""
    if best:
        return 0.5, best, "One step of your own is told."
    if seen := [s for s in acting if s.reading.doing.observed]:
        return 0.5, seen[0], "You found something; what you did about it is not told."
    if shared := [s for s in acting if s.shared]:
        return 0.5, shared[0], 'The steps are told as "we".'
    if mixed := [s for s in told if s.own and s.part is Part.RESULT]:
        return 0.5, mixed[0], "The action is told only through its outcome."
    if acting:
        return 0.5, acting[0], "It is not said who did it."
    return NOTHING


def _result(told: list[Said]) -> Credit:
    ends = [s for s in told if s.part is Part.RESULT]
    ends += [s for s in told if s.part is Part.ACTION and "own-outcome" in s.has]
    if not ends:
        return NOTHING
    best = _best(ends, lambda s: 2.0 * bool(s.reading.numbers) + is_concrete(s))
    assert best is not None
    if best.reading.numbers or is_concrete(best):
        return 1.0, best, ""
    return 0.5, best, "The outcome stays vague: no number, decision or reaction."


def _learning(told: list[Said]) -> Credit:
    lessons = [s for s in told if s.part is Part.LEARNING and (s.confidence >= SURE or s.has.keys() & _LESSONS)]
    if not lessons:
        # "Since then we rename a table first" may read like a step or a result.
        lessons = [s for s in told if s.has.keys() & _LESSONS and s.chances[Part.LEARNING] >= PERHAPS]
    best = _best(lessons, lambda s: 2.0 * is_applied(s) + (not is_formula(s)) + 0.01 * min(s.reading.words, 40))
    if best is None:
        return NOTHING
    if is_applied(best) or (not is_formula(best) and best.reading.words >= LESSON_WORDS):
        return 1.0, best, ""
    return 0.5, best, "The lesson would fit any story."


_JUDGES: dict[Part, Callable[[list[Said]], Credit]] = {
    Part.SITUATION: _situation,
    Part.TASK: _task,
    Part.ACTION: _action,
    Part.RESULT: _result,
    Part.LEARNING: _learning,
}


def is_concrete(said: Said) -> bool:
    """Whether it names a decision or reaction that one could check."""
    return cues.CONCRETE_OUTCOME.search(said.piece.folded) is not None


def is_applied(said: Said) -> bool:
    """Whether a lesson was put to use."""
    return cues.APPLIED_LESSON.search(said.piece.folded) is not None


def is_formula(said: Said) -> bool:
    """Whether a lesson would fit any story."""
    return cues.FORMULA_LESSON.search(said.piece.folded) is not None


# ---------------------------------------------------------------------- findings


def findings(story: Story, question: Behavioral | None) -> tuple[Finding, ...]:
    """The negatives: the built-in ones first, then the question's own."""
    found = [*_hypothetical(story), *_blames(story), *_we_only(story), *_vague(story)]
    listed = question.negatives if question else ()
    known = {finding.id for finding in found}
    for signal in listed:
        if signal.id in known or signal.id in {"hypothetical", "we-only"}:
            continue
        if span := match_signal(story, signal):
            penalty = PENALTIES.get(signal.id, OWN_NEGATIVE_PENALTY)
            found.append(Finding(signal.id, signal.claim, signal.why, penalty, fatal=False, span=span))
    return tuple(found)


def match_signal(story: Story, signal: Signal) -> Span | None:
    """The first words that match one of a question's patterns."""
    for turn, folded in enumerate(story.folded):
        for pattern in signal.signals:
            if match := compile_pattern(pattern).search(folded):
                return story.span(turn, match.start(), match.end())
    return None


def _hypothesis(story: Story) -> Said | None:
    supposed = [s for s in story.said if s.reading.hypothetical]
    events = [s for s in story.said if s.real and s.part in {Part.ACTION, Part.RESULT} and "past" in s.has]
    if supposed and len(supposed) > len(events):
        return supposed[0]
    generic = [s for s in story.said if "opinion" in s.has]
    return generic[0] if generic and not any("past" in s.has for s in story.said) else None


def is_hypothetical(story: Story) -> bool:
    """Whether the answer says what one would do more than what happened."""
    return _hypothesis(story) is not None


def _hypothetical(story: Story) -> Iterable[Finding]:
    supposed = _hypothesis(story)
    if supposed is None:
        return
    yield Finding(
        "hypothetical",
        "Says what you would do in general.",
        "The question asks for one past event: what you did tells more than what you would do.",
        PENALTIES["hypothetical"],
        fatal=True,
        span=supposed.span,
    )


def _blames(story: Story) -> Iterable[Finding]:
    for said in story.said:
        for match in cues.CONTEMPT.finditer(said.piece.folded):
            if _NEGATED.search(said.piece.folded, 0, match.start()):
                continue
            start = said.piece.start
            yield Finding(
                "blames",
                "Speaks of colleagues with contempt.",
                "Interviewers hear the next conflict in it. Say what the other side wanted, then what you did.",
                PENALTIES["blames"],
                fatal=False,
                span=story.span(said.piece.turn, start + match.start(), start + match.end()),
            )
            return


def _we_only(story: Story) -> Iterable[Finding]:
    if not ownership(story).we_only:
        return
    span = next(s.span for s in story.of(Part.ACTION) if s.real and _WE.search(s.piece.folded))
    yield Finding(
        "we-only",
        'Tells the action as "we".',
        "Nobody can score your part if it cannot be told from the team's.",
        PENALTIES["we-only"],
        fatal=False,
        span=span,
    )


def _vague(story: Story) -> Iterable[Finding]:
    vague = [s for s in story.said if s.reading.vague]
    count = sum(len(s.reading.vague) for s in vague)
    if count < VAGUE_WORDS or count < VAGUE_SHARE * story.words or len(specifics(story)) + quantities(story) > count:
        return
    span = max(vague, key=lambda s: len(s.reading.vague)).span
    yield Finding(
        "vague",
        "Stays vague.",
        'Words such as "things" or "somehow" hide what happened; name the thing, the person or the number.',
        PENALTIES["vague"],
        fatal=False,
        span=span,
    )


_NAME = re.compile(r"(?<=[a-z,;] )(?!I\b|I'|I’)[A-Z][\w.+-]*")


def specifics(story: Story) -> set[str]:
    """What could be checked: names, tools and dates, each once."""
    found: set[str] = set()
    for said in story.said:
        found |= {word for word in said.piece.folded.replace(",", " ").replace(".", " ").split() if word in cues.TOOLS}
        found |= {match.group() for match in cues.DATES.finditer(said.piece.folded)}
        found |= {match.group().lower() for match in _NAME.finditer(said.span.text)}
    return found


def quantities(story: Story) -> int:
    """How many quantities the story has."""
    return sum(len(said.reading.numbers) for said in story.said)


# ---------------------------------------------------------------------- score and band


def score(table: tuple[Row, ...], negatives: tuple[Finding, ...]) -> float:
    """Weighted credit less the penalties, 0–1."""
    earned = sum(row.weight * row.credit * row.factor for row in table)
    lost = sum(finding.penalty for finding in negatives)
    return round(min(1.0, max(0.0, earned - lost)), 4)


def band(
    value: float,
    table: tuple[Row, ...],
    negatives: tuple[Finding, ...],
    owned: Ownership,
    level: Level,
    *,
    measured: bool,
) -> tuple[int, tuple[str, ...]]:
    """The band, and a sentence for each cap that lowered it."""
    credit = {row.id: row.credit for row in table}
    opposite = next((f.claim for f in negatives if f.id not in PENALTIES), "")
    result = 4 if value >= FOUR else 3 if value >= THREE else 2 if value >= TWO else 1
    grown, senior = level is not Level.JUNIOR, level is Level.SENIOR
    caps = [
        (any(f.id == "hypothetical" for f in negatives), 1, "Band 1: it tells what you would do, not what you did."),
        (not credit["action"], 2, "At most band 2: no action is told."),
        (credit["action"] > 0 and not owned.visible, 2, "At most band 2: your part cannot be told from the team's."),
        (bool(opposite), 2, f"At most band 2: {opposite}"),
        (grown and not credit["result"], 2, f"At most band 2 at {level.value} level: the story has no result."),
        (senior and not credit["learning"], 3, "At most band 3 at senior level: nothing on what you learned."),
        (senior and not measured, 3, "At most band 3 at senior level: the result has no number."),
    ]
    notes: list[str] = []
    for applies, cap, note in caps:
        if applies and result > cap:
            result = cap
            notes.append(note)
    return result, tuple(notes)
