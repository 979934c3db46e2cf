"""What has changed between two states of a question, part by part and in words, the most important first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from bot.services.question_parts import Look, Part, parts_of
from questions.kinds import AnyQuestion

ALIKE = 60.0
"""From this likeness on (0 to 100, `rapidfuzz.fuzz.ratio`) an entry under another name counts as the same, changed."""


@dataclass(frozen=True)
class Change:
    """A part that differs."""

    label: str
    """“Key point 2, why it is wrong”, with the number that it has now."""
    before: tuple[str, ...]
    """What it said; of a list only what is gone. Empty: it was not there."""
    after: tuple[str, ...]
    """Empty: it is gone."""
    look: Look = Look.PROSE
    entry: bool = False
    """Whether a whole entry of a list came or went; its lines then are what it says, part by part."""

    @property
    def what(self) -> str:
        """The part, and whether it came or went."""
        return f"{self.label}{'' if self.before and self.after else ' (new)' if self.after else ' (taken out)'}"


_Key = tuple[str, str]
_Entries = dict[_Key, list[Part]]


def changes_between(before: AnyQuestion, after: AnyQuestion) -> tuple[Change, ...]:
    """How one state of a question differs from another; ids and versions do not count."""
    old, new = _entries(parts_of(before)), _entries(parts_of(after))
    pairs = _pairs(old, new)
    found: list[tuple[int, Change]] = []
    places = {section: place for place, section in enumerate(_order(new, old))}
    for key, parts in new.items():
        same = pairs.get(key)
        found += [(places[key[0]], change) for change in _changed(old[same] if same else [], parts)]
    kept = set(pairs.values())
    for key, parts in old.items():
        if key not in kept:
            found += [(places[key[0]], change) for change in _changed(parts, [])]
    for section, place in places.items():
        if moved := _moved(section, old, new, pairs):
            found.append((place, moved))
    return tuple(change for _, change in sorted(found, key=lambda entry: entry[0]))


def _entries(parts: Iterable[Part]) -> _Entries:
    found: _Entries = {}
    for part in parts:
        found.setdefault((part.section, part.entry), []).append(part)
    return found


def _order(new: _Entries, old: _Entries) -> list[str]:
    """Sections, as they come in the new state; those that only the old one has stand behind the one before them."""
    order = list(dict.fromkeys(section for section, _ in new))
    last = -1
    for section in dict.fromkeys(section for section, _ in old):
        if section in order:
            last = order.index(section)
        else:
            last += 1
            order.insert(last, section)
    return order


def _main(parts: Sequence[Part]) -> str:
    return "\n".join(parts[0].lines)


def _pairs(old: _Entries, new: _Entries) -> dict[_Key, _Key]:
    """Which entry of the new state is which of the old one: by what it says, by its name, by likeness."""
    pairs: dict[_Key, _Key] = {}
    left = dict(old)

    def take(key: _Key, found: _Key) -> None:
        pairs[key] = found
        del left[found]

    for key, parts in new.items():
        same = [one for one, other in left.items() if one[0] == key[0] and _main(other) == _main(parts)]
        if same:
            take(key, key if key in same else same[0])
    for key in new:
        if key not in pairs and key in left:
            take(key, key)
    for key, parts in new.items():
        if key not in pairs:
            close = [(fuzz.ratio(_main(other), _main(parts)), one) for one, other in left.items() if one[0] == key[0]]
            likeness, best = max(close, key=lambda entry: entry[0], default=(0.0, key))
            if likeness >= ALIKE:
                take(key, best)
    return pairs


def _changed(old: Sequence[Part], new: Sequence[Part]) -> list[Change]:
    if not old or not new:
        whole = old or new
        first = whole[0]
        if not first.entry:
            return [_change(None, part) if new else _change(part, None) for part in whole]
        lines = tuple(_told(part) for part in whole)
        return [Change(first.title, () if new else lines, lines if new else (), entry=True)]
    was = {part.name: part for part in old}
    found: list[Change] = []
    for part in new:
        before = was.pop(part.name, None)
        if before is None or not part.same(before):
            found.append(_change(before, part))
    return [*found, *(_change(part, None) for part in was.values())]


def _told(part: Part) -> str:
    """A part of an entry that came or went, in one line."""
    text = " · ".join(part.lines)
    return f"{part.name}: {text}" if part.name else text


def _change(before: Part | None, after: Part | None) -> Change:
    part = after or before
    assert part is not None
    old, new = before.lines if before else (), after.lines if after else ()
    if len(old) > 1 or len(new) > 1:
        gone = tuple(line for line in old if line not in new)
        come = tuple(line for line in new if line not in old)
        if gone or come:
            old, new = gone, come
    return Change(part.label, old, new, part.look)


def _moved(section: str, old: _Entries, new: _Entries, pairs: Mapping[_Key, _Key]) -> Change | None:
    """That the entries of a list come in another order."""
    there = [key for key in new if key[0] == section and key in pairs]
    was = [key for key in old if key in {pairs[key] for key in there}]
    if [pairs[key] for key in there] == was:
        return None
    titles = tuple(" ".join(_main(old[key]).split()) for key in was)
    return Change(
        f"{_SECTIONS.get(section, section.replace('_', ' ').capitalize())}, their order",
        titles,
        tuple(" ".join(_main(new[key]).split()) for key in there),
        entry=True,
    )


_SECTIONS = {
    "followups": "Follow-ups",
    "wrong": "Wrong solutions",
    "mistakes": "Typical mistakes",
    "accepted": "Other right solutions",
    "hidden": "Hidden cases",
    "generated": "Generated cases",
}
