"""Trains the labeller of the parts of a story, and writes its weights.

    python -m bench.train_star

Data: the stories of `bench/answers/star_train.jsonl`, in which every sentence is labelled. Voices are kept together in
cross-validation: a voice is always labelled by models that never read it. `star_test.jsonl`, whose voices have
another author, is never read here.

Two multinomial logistic regressions: the first by the wording of a piece alone; the second also by what the first says
of its neighbours, for which it is fed with predictions on voices that the first had not read. How labels follow each
other is counted. Copies of the stories teach what few of them show: headings over the parts, a part as the answer to
a follow-up, a story without one of its parts, one broken off, one told in short. scikit-learn trains; at run time
plain arithmetic does.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from bench.labelled import ANSWERS, rows_of
from grader.text.star._features import name_of, placed, read
from grader.text.star._labels import Reader
from grader.text.star._model import PATH, Model, parse
from grader.text.star._sentences import Piece, fold, pieces
from grader.text.star_cues import LABELS, Label
from questions.model import Part

SEED = 20261121
STRENGTH_OF_WORDING, STRENGTH_OF_PLACE = 0.3, 2.0
"""Inverse regularization strengths."""
WEIGHT_OF_ORDER = 0.3
"""Of the counted transitions: the neighbours' features know much of the order already."""
LEAST_PIECES = 2
"""Words that stand in fewer pieces are left out."""
LEAST_COEFFICIENT = 0.05
"""Features with smaller coefficients are not stored."""
INNER_FOLDS = 5
OUTER_FOLDS = 9
COPIES_EVERY = 3
"""Of so many stories one gets a copy of each kind."""
WEIGHT_OF_COPIES = 0.4
LETTERS: dict[str, Label] = dict(zip("STARLN", LABELS, strict=True))


@dataclass(frozen=True)
class Story:
    voice: str
    name: str
    sentences: tuple[tuple[Label, str], ...]
    ownership: str
    quantified: bool

    @property
    def text(self) -> str:
        return "".join(("" if not i or s.startswith("\n") else " ") + s for i, (_, s) in enumerate(self.sentences))

    @property
    def spans(self) -> list[tuple[int, int, Label]]:
        """Where each sentence stands in the text, and its label."""
        found: list[tuple[int, int, Label]] = []
        end = 0
        for index, (label, sentence) in enumerate(self.sentences):
            end += 0 if not index or sentence.startswith("\n") else 1
            found.append((end, end + len(sentence), label))
            end += len(sentence)
        return found


def stories(name: str) -> list[Story]:
    """The stories of one file of labelled answers."""
    return [
        Story(
            row["voice"],
            row["story"],
            tuple((LETTERS[letter], text) for letter, text in row["sentences"]),
            row["ownership"],
            row["quantified"],
        )
        for row in rows_of(ANSWERS / name)
    ]


# ---------------------------------------------------------------------- pieces


@dataclass(frozen=True)
class Told:
    """One turn as the labeller sees it."""

    voice: str
    pieces: list[Piece]
    labels: list[int]
    asked: Part | None = None
    first: bool = True


def told(story: Story) -> Told:
    """The turn with the label of each of its pieces: that of the sentence it mostly stands in."""
    if not story.sentences:
        return Told(story.voice, [], [])
    cut = pieces(0, fold(story.text), lambda _left, _right: False)
    spans = story.spans

    def label(piece: Piece) -> int:
        return LABELS.index(max(spans, key=lambda span: min(piece.end, span[1]) - max(piece.start, span[0]))[2])

    return Told(story.voice, cut, [label(piece) for piece in cut])


def copies(story: Story, draw: random.Random) -> Iterator[Told]:
    """The story in other forms, each with a chance."""
    present = [part for part in Part if any(label is part for label, _ in story.sentences)]
    blocks = _blocks(story)
    if not draw.randrange(COPIES_EVERY) and len(present) > 1:
        yield told(_with(story, _headed(blocks)))
    if not draw.randrange(COPIES_EVERY) and len(present) > 2:
        left_out = draw.choice(present)
        yield told(_with(story, [pair for pair in story.sentences if pair[0] is not left_out]))
    if not draw.randrange(COPIES_EVERY):
        yield told(_with(story, story.sentences[: draw.randint(1, len(story.sentences))]))
    if not draw.randrange(COPIES_EVERY):
        yield told(_with(story, [(label, draw.choice(sentences)) for label, sentences in blocks]))
    if not draw.randrange(COPIES_EVERY):
        for label, sentences in blocks:
            if label is not None:
                turn = told(_with(story, [(label, sentence) for sentence in sentences]))
                yield Told(turn.voice, turn.pieces, turn.labels, label, first=False)


def _with(story: Story, sentences: Sequence[tuple[Label, str]]) -> Story:
    return Story(story.voice, story.name, tuple(sentences), story.ownership, story.quantified)


def _blocks(story: Story) -> list[tuple[Label, list[str]]]:
    """Neighbouring sentences with one label."""
    found: list[tuple[Label, list[str]]] = []
    for label, sentence in story.sentences:
        if found and found[-1][0] is label:
            found[-1][1].append(sentence)
        else:
            found.append((label, [sentence]))
    return found


def _headed(blocks: Sequence[tuple[Label, list[str]]]) -> list[tuple[Label, str]]:
    """The sentences with the name of the part before each block, in its line or above it."""
    found: list[tuple[Label, str]] = []
    for number, (label, sentences) in enumerate(blocks):
        joint = ": " if number % 2 else "\n"
        heading = f"\n{label.value.title()}{joint}" if label else "\n"
        found += [(label, (heading if not i else "") + sentence.lstrip("\n- ")) for i, sentence in enumerate(sentences)]
    return found


# ---------------------------------------------------------------------- training


def train(data: Sequence[Story]) -> dict[str, Any]:
    """The weights learned from these stories."""
    draw = random.Random(SEED)
    originals = [told(story) for story in data]
    turns = [*originals, *(copy for story in data for copy in copies(story, draw))]
    readings = [dict(_readings(piece.folded)) for turn in turns for piece in turn.pieces]
    labels = np.array([label for turn in turns for label in turn.labels])
    voices = np.array([turn.voice for turn in turns for _ in turn.pieces])
    # Copies have the same wordings in other places.
    first = np.arange(len(labels)) < sum(len(turn.pieces) for turn in originals)
    counts = Counter(name for turn in originals for piece in turn.pieces for name in _readings(piece.folded))
    kept = [{name: value for name, value in features.items() if counts[name] >= LEAST_PIECES} for features in readings]
    wording: Any = DictVectorizer()
    rows: Any = wording.fit_transform(kept)
    unseen = np.zeros((len(labels), len(LABELS)))
    names = sorted(set(voices.tolist()))
    for fold_number in range(min(INNER_FOLDS, len(names))):
        held = np.isin(voices, names[fold_number::INNER_FOLDS])
        unseen[held] = _fit(rows[~held & first], labels[~held & first], STRENGTH_OF_WORDING).predict_log_proba(
            rows[held]
        )
    in_place: list[Mapping[str, float]] = []
    position = 0
    for turn in turns:
        beliefs = unseen[position : position + len(turn.pieces)].tolist()
        in_place += placed(turn.pieces, beliefs, turn.asked, first=turn.first)
        position += len(turn.pieces)
    place: Any = DictVectorizer()
    start, transitions = _order(originals)
    return {
        "labels": [name_of(label) for label in LABELS],
        "wording": _stored(wording, _fit(rows[first], labels[first], STRENGTH_OF_WORDING)),
        "place": _stored(
            place,
            _fit(place.fit_transform(in_place), labels, STRENGTH_OF_PLACE, np.where(first, 1.0, WEIGHT_OF_COPIES)),
        ),
        "start": start,
        "transitions": transitions,
    }


_READ: dict[str, dict[str, float]] = {}


def _readings(folded: str) -> dict[str, float]:
    """The features of a wording, read once for all folds."""
    if folded not in _READ:
        _READ[folded] = read(folded).features
    return _READ[folded]


def _fit(rows: Any, labels: np.ndarray, strength: float, weights: np.ndarray | None = None) -> Any:
    model: Any = LogisticRegression(C=strength, max_iter=1000, tol=1e-3)
    return model.fit(rows, labels, sample_weight=weights)


def _stored(names: Any, model: Any) -> dict[str, Any]:
    assert model.classes_.tolist() == list(range(len(LABELS)))
    columns = zip(names.get_feature_names_out().tolist(), model.coef_.T, strict=True)
    return {
        "intercept": [round(float(value), 3) for value in model.intercept_],
        "coefficients": {
            name: [round(float(value), 2) for value in column]
            for name, column in columns
            if np.abs(column).max() >= LEAST_COEFFICIENT
        },
    }


def _order(turns: Sequence[Told]) -> tuple[list[float], list[list[float]]]:
    """How much likelier than elsewhere each label is at the beginning, and after each other label."""
    counts = np.ones((1 + len(LABELS), len(LABELS)))
    for turn in turns:
        for before, label in zip([-1, *turn.labels], turn.labels, strict=False):
            counts[before + 1, label] += 1
    ratio = np.log(counts / counts.sum(axis=1, keepdims=True) / (counts.sum(axis=0) / counts.sum()))
    table = [[round(WEIGHT_OF_ORDER * float(value), 3) for value in row] for row in ratio]
    return table[0], table[1:]


def across(data: Sequence[Story], groups: Sequence[str]) -> Iterator[tuple[Story, Model]]:
    """Each story with a model that read no story of its group."""
    names = sorted(set(groups))
    for number in range(min(OUTER_FOLDS, len(names))):
        held = set(names[number::OUTER_FOLDS])
        model = parse(train([story for story, group in zip(data, groups, strict=True) if group not in held]))
        yield from ((story, model) for story, group in zip(data, groups, strict=True) if group in held)


def across_voices(data: Sequence[Story]) -> Iterator[tuple[Story, Model]]:
    return across(data, [story.voice for story in data])


def _accuracy(pairs: Iterator[tuple[Story, Model]]) -> dict[str, float]:
    """Macro-F1 and accuracy over the pieces of stories, each labelled by a model that did not read it."""
    written: list[int] = []
    found: list[int] = []
    for story, model in pairs:
        turn = told(story)
        labelled = Reader(model).label(turn.pieces, None, first=True)
        written += turn.labels
        found += [LABELS.index(label) for label, _ in labelled]

    def f1(label: int) -> float:
        hits = sum(a == b == label for a, b in zip(written, found, strict=True))
        return 2 * hits / (written.count(label) + found.count(label))

    return {
        "macro-F1": round(sum(map(f1, range(len(LABELS)))) / len(LABELS), 3),
        "accuracy": round(sum(a == b for a, b in zip(written, found, strict=True)) / len(written), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains the labeller of the parts of a story.")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    options = parser.parse_args()
    data = stories("star_train.jsonl")
    record = {
        "trained by": "python -m bench.train_star",
        "data": "stories written for this project (bench/answers/star_train.jsonl), nothing else",
        "stories": len(data),
        "sentences": sum(len(story.sentences) for story in data),
        "voices": sorted({story.voice for story in data}),
        "seed": SEED,
        "scikit-learn": sklearn.__version__,
        "C": [STRENGTH_OF_WORDING, STRENGTH_OF_PLACE],
        "cross-validated by voice": _accuracy(across_voices(data)),
        "cross-validated by story": _accuracy(across(data, [story.name for story in data])),
    }
    print(json.dumps(record, indent=1))
    if not options.dry:
        PATH.write_text(_written(train(data), record), encoding="utf-8")


def _written(model: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    """The file: one line a feature, the record first."""

    def lines(rows: Mapping[str, Sequence[float]]) -> str:
        return ",\n".join(
            f"   {json.dumps(name, ensure_ascii=False)}: {json.dumps(row, separators=(',', ':'))}"
            for name, row in rows.items()
        )

    parts = [f' "record": {json.dumps(record, indent=1)}', f' "labels": {json.dumps(model["labels"])}']
    for name in ("wording", "place"):
        part = model[name]
        parts.append(
            f' "{name}": {{\n  "intercept": {json.dumps(part["intercept"])},\n'
            f'  "coefficients": {{\n{lines(part["coefficients"])}\n  }}\n }}'
        )
    parts += [f' "{name}": {json.dumps(model[name])}' for name in ("start", "transitions")]
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
