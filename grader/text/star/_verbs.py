"""Who does what in a sentence: steps of one's own, steps of a group, read from subject and verb."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from grader.text import star_cues as cues

_TOKEN = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*|[,;:.()]")
_REACH = 5
"""How many words may stand between a subject and its verb."""
_ON_FOOT = (["through"], ["straight"], ["back"], ["over"], ["and"])
"""After "went", these make it a step: "I went through the logs"."""
_NOT_YET = cues.words(
    "had have has needed wanted want need supposed asked expected told able allowed planned going used about hired "
    "required"
)
"""Before "to", these tell what was to be done, not what was."""
_CVC = re.compile(r"[^aeiou]*[aeiou][bdgmnprt]$")


@dataclass(frozen=True)
class Doing:
    """The steps that a sentence tells, as base forms, each once."""

    own: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    observed: bool = False
    """First person finds something out."""
    present: bool = False
    """The own steps are told in the present tense only."""
    implied: bool = False
    """The sentence starts with its verb: "Built a validation set"."""
    outcome: bool = False
    """The first own verb is one that names an outcome: "I reduced"."""


def doing(folded: str) -> Doing:
    """The steps in one sentence, folded."""
    tokens: list[str] = _TOKEN.findall(folded)
    own: dict[str, bool] = {}
    steps: dict[str, dict[str, bool]] = {"own": own, "shared": {}, "other": {}}
    observed = implied = outcome = False
    subject, reach, blocked, chain = "", 0, False, False
    words = [t for t in tokens if t[0].isalnum()]
    if words and (first := _implied(words)):
        subject, reach, implied = "own", _REACH, True
        tokens = tokens[tokens.index(first) :]
    for index, word in enumerate(tokens):
        if word in cues.OWN_SUBJECTS:
            subject, reach, blocked, chain = "own", _REACH, word == "i'd", False
            continue
        if word in cues.SHARED_SUBJECTS or word in cues.OTHER_SUBJECTS:
            # "we" after "what", "how" or "that" is still the subject of its verb.
            subject = "shared" if word in cues.SHARED_SUBJECTS else "other"
            reach, blocked, chain = _REACH, False, False
            continue
        if word in cues.MODALS or word in cues.NEGATIONS or word.endswith("n't"):
            blocked = True
            continue
        if word in {",", "and", "then", "or", "but"}:
            # A verb right after these belongs to the same subject: "I checked the labels, wrote a test and …".
            if subject and steps[subject] and not reach:
                reach, chain, blocked = 3, True, False
            continue
        if not word[0].isalnum():
            subject, reach, blocked, chain = ("", 0, False, False) if word in ";." else (subject, reach, blocked, chain)
            continue
        if not (subject and reach):
            continue
        base, tense = verb(word)
        passive = (
            index and tokens[index - 1] in {"was", "were", "been", "be", "am", "is", "are", "got"} and tense == "past"
        )
        if base and not passive and not (chain and tense == "base"):
            introduces = base in cues.NOT_A_STEP and not (base == "go" and tokens[index + 1 : index + 2] in _ON_FOOT)
            infinitive = index > 1 and tokens[index - 1] == "to" and tokens[index - 2] in _NOT_YET
            if base in cues.OBSERVING and subject == "own" and not blocked:
                observed = True
            elif not introduces and not blocked and not infinitive:
                present = tense == "base" and not _after_past(tokens, index)
                steps[subject].setdefault(base, present)
                steps[subject][base] &= present
                outcome = outcome or (subject == "own" and len(own) == 1 and base in cues.OUTCOME_VERBS)
            reach = _REACH - 1 if introduces else 0
        elif word in cues.INTRODUCING or word.endswith("ly"):
            pass
        elif index and tokens[index - 1] in {"had", "have", "has"}:
            # "we had 8,000 images left" possesses; it tells no step.
            reach = 0
        else:
            reach = 0 if chain else reach - 1
            if tense != "past" and word in {"a", "an", "the", "my", "our", "with", "at", "in", "for"} and not chain:
                reach = 0
    return Doing(
        tuple(own), tuple(steps["shared"]), tuple(steps["other"]), observed,
        bool(own) and all(own.values()), implied and bool(own), outcome,
    )  # fmt: skip


def continues(left: str, right: str) -> bool:
    """Whether `right` goes on with the subject of `left`: "I read the code" "and saw that …"."""
    words = [
        word
        for word in _TOKEN.findall(right)[:4]
        if word[0].isalnum() and word not in {"and", "then", "but", "so", "also"}
    ]
    return bool(words) and verb(words[0])[1] == "past" and bool(doing(left).own)


def _after_past(tokens: list[str], index: int) -> bool:
    """Whether a base form stands after a word that puts it in the past: "decided to rebuild", "did write"."""
    return any(
        t in cues.INTRODUCING and t not in {"then", "also", "first", "just"} for t in tokens[max(0, index - 3) : index]
    )


def _implied(words: list[str]) -> str | None:
    """The verb of a sentence without a subject, as in notes, or None."""
    for word in words[:3]:
        base, tense = verb(word)
        if (
            base
            and tense == "past"
            and base not in cues.NOT_A_STEP | cues.OBSERVING
            and not (word.endswith("ed") and words[-1] == word)
        ):
            return word
        if word not in {"then", "first", "also", "next", "and", "finally", "so", "later"} and not word.endswith("ly"):
            return None
    return None


def verb(word: str) -> tuple[str, str]:
    """Base form and tense ("past", "base" or "ing") of a verb; ("", "") where it is none that tells a step."""
    if word in {"doing", "being", "having", "going", "getting"}:
        return "", ""
    known = _forms().get(word)
    if known:
        return known
    if len(word) > 4 and word.endswith("ed") and word not in cues.NO_STEP_PAST and "'" not in word:
        return word[:-2], "past"
    return "", ""


@cache
def _forms() -> dict[str, tuple[str, str]]:
    forms: dict[str, tuple[str, str]] = {}
    for base in cues.REGULAR_VERBS:
        stem = base[:-1] if base.endswith("e") else base
        double = base in cues.DOUBLING or (len(base) <= 4 and _CVC.match(base) is not None)
        last = base[-1] if double else ""
        past = f"{base[:-1]}ied" if base.endswith("y") and base[-2] not in "aeiou" else f"{stem}{last}ed"
        forms |= {base: (base, "base"), past: (base, "past"), f"{stem}{last}ing": (base, "ing")}
    for base, pasts in cues.IRREGULAR_VERBS.items():
        stem = base[:-1] if base.endswith("e") and not base.endswith("ee") else base
        double = base in {"cut", "dig", "get", "let", "put", "run", "set", "sit", "split", "begin", "re-run", "rerun"}
        forms |= {base: (base, "base"), f"{stem}{base[-1] if double else ''}ing": (base, "ing")}
        forms |= dict.fromkeys(pasts, (base, "past"))
    return forms
