# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportPrivateUsage=false, reportAttributeAccessIssue=false, reportIndexIssue=false
"""Trains the model that decides whether an answer states a key point, and writes its weights.

    make train-grader            # python -m bench.train_grader

Data: the labelled answers of `bench/answers/train*.jsonl`, written for this purpose by people who did not see the
accepted wordings; `edits*.jsonl`, where one claim of such an answer is turned round or said in
another way; and some answers held against another question, where all points count as not stated. The test
questions (`bench/answers/test*.jsonl`) are left out, whatever file they stand in. Cross-validation keeps a question's
answers together; thresholds are chosen on its predictions. scikit-learn trains; at run time plain arithmetic does.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import textwrap
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import f1_score, log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold

from bench.labelled import free_text, training_rows
from bot.services.draft_defaults import completed
from bot.services.drafts import fields_of, question_of
from grader.text.decision import AGAINST
from grader.text.evidence import NAMES, examine, values
from grader.text.features import features_of
from grader.text.marks import Marks, marks_of
from grader.text.normalise import Reading, read
from grader.text.turned import NAMES as TREE_NAMES
from grader.text.turned import Candidates, tone_of
from grader.text.unit import prepare
from questions.model import FreeText

SEED = 20261121
FOLDS = 5
ROUNDS = (100, 200, 400)
"""How many steps all curves of a model have together: numbers to choose from."""
NEEDED_PRECISION = 0.85
"""Of the claim that an answer says the opposite: an accusation must be right."""
FOREIGN = 2
"""How many answers to other questions each question is tried on."""
FOREIGN_OF_THIN = 12
"""The same for questions with few wordings: what belongs to a neighboring matter is taken for theirs more easily."""
KEPT_SHARE = 0.5
"""Of the threshold from which a point counts, what counts at the least where the author's wordings say so."""
FALLING = frozenset({*AGAINST, "denied", "stretch", "elsewhere"})
"""Signals that may only lower the probability that a point is stated; all others but `FREE` may only raise it."""
FREE = frozenset({"unsure"})
LIKELIER_THAN_NOT = 0.5
"""What nobody foresaw earns credit only from here on."""
SURE = 0.9
"""Of the credit that is given where few wordings are known, so much must be right."""
RARELY_MISSED = 0.1
"""The share of stated points that may be called missed where few wordings are known; those in doubt are asked about."""
SLOWLY = 0.1
"""What is taken of each step."""
RARE = 8
"""Rows on each side of a step, at least."""
AS_GOOD = 0.002
"""Of thresholds whose F1 differs by less, the kindest is taken."""
RULES = ("pattern", "phrase", "half")
GRID = tuple(float(t) for t in np.arange(0.1, 0.9, 0.02))
WEIGHTS = Path(__file__).resolve().parent.parent / "grader" / "text" / "weights"
POINTS, TURNED = WEIGHTS / "points.json", WEIGHTS / "turned.json"
TREES, LEAVES = 60, 6
TONE = [TREE_NAMES.index(name) for name in ("tone", "tone of pairs")]
TONE_QUESTIONS, TONE_TIMES, LEAST_TONE = 8, 12, 0.35
"""In how many questions and wordings a word must stand, and how unevenly, to have a tone."""
INSIDE = 0.3
"""The share of a unit that must lie in the quoted words."""
FALSE_ACCUSATIONS = 0.015
"""The share of rightly stated points that may be called turned round."""
EDIT_WEIGHT, STATED_WEIGHT, OTHER_WEIGHT = 2.0, 1.5, 0.5
TURNING = frozenset({
    "opposite", "turning", "turning in context", "right turned", "opposite straight", "stance", "denied as opposite",
    "poles of opposite", "poles against right", "beside as opposite", "bound as opposite", "pairs of opposite", "lead",
    "rejected", "opposites", "wrong", "flip", "parity", "reported", "tone", "tone of pairs", "contradicted",
})  # fmt: skip
"""What may only make it likelier that a unit turns its point round; `STRAIGHT` may only make it less likely."""
STRAIGHT = frozenset({
    "right straight", "pairs of right", "pattern", "concepts", "question", "pattern elsewhere", "stretch", "patterns",
    "credited",
})  # fmt: skip


@dataclass(frozen=True)
class Data:
    """One row a key point of an answer."""

    signals: np.ndarray
    labels: np.ndarray
    """1 stated, 0.5 in part, 0 not stated, -1 its opposite."""
    questions: np.ndarray
    candidates: list[np.ndarray]
    """The numbers of the units that may turn the point round."""
    quoted: list[np.ndarray]
    """Which of them lie in the words that the label quotes."""
    edited: np.ndarray
    """Whether one claim of an answer was turned round here."""

    def part(self, keep: np.ndarray) -> Data:
        chosen = np.flatnonzero(keep)
        return Data(
            self.signals[keep],
            self.labels[keep],
            self.questions[keep],
            [self.candidates[i] for i in chosen],
            [self.quoted[i] for i in chosen],
            self.edited[keep],
        )


@dataclass
class _Rows:
    """What `Data` is collected from."""

    bank: dict[str, FreeText]
    tone: dict[str, float]
    signals: list[Sequence[float]] = field(default_factory=list)
    labels: list[float] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    candidates: list[np.ndarray] = field(default_factory=list)
    quoted: list[np.ndarray] = field(default_factory=list)
    edited: list[bool] = field(default_factory=list)

    def add(self, name: str, answer: str, labels: Mapping[str, tuple[float, str]], edited: bool = False) -> None:
        """`labels` gives the label of each key point and the words that it is about."""
        features = features_of(self.bank[name])
        prepared = prepare(read(answer), features)
        examined = examine(features, prepared)
        for point, found, speaking in zip(
            features.question.key_points, examined.weighed, examined.candidates, strict=True
        ):
            if point.id not in labels:
                continue
            label, words = labels[point.id]
            self.signals.append(values(found.signals))
            self.labels.append(label)
            self.questions.append(name)
            self.candidates.append(self._toned(speaking))
            self.quoted.append(_inside(answer, words, prepared.reading, speaking))
            self.edited.append(edited)

    def _toned(self, speaking: Candidates) -> np.ndarray:
        """The numbers with the tone that is trained here, not the one that is shipped."""
        numbers = speaking.numbers.copy()
        for row, unit in enumerate(speaking.units):
            numbers[row, TONE] = tone_of(Marks(unit.tokens, unit.denied), self.tone)
        return numbers

    def data(self) -> Data:
        return Data(
            np.array(self.signals),
            np.array(self.labels),
            np.array(self.questions),
            self.candidates,
            self.quoted,
            np.array(self.edited),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dry", action="store_true", help="write nothing")
    options = parser.parse_args()
    training, edits = training_rows("train*.jsonl"), training_rows("edits*.jsonl")
    bank = free_text()
    tone = tone_of_wordings(bank.values())
    thin = collect({name: stripped(question) for name, question in bank.items()}, training, [], tone, FOREIGN_OF_THIN)
    points, trees = train(collect(bank, training, edits, tone), thin, len(training) + len(edits))
    print(json.dumps(points["record"], indent=1))
    if not options.dry:
        POINTS.write_text(f"{by_lines(points)}\n", encoding="utf-8")
        TURNED.write_text(written({**trees, "tone": tone}), encoding="utf-8")


def stripped(question: FreeText) -> FreeText:
    """The question as somebody writes it who gives claims, a model answer and misconceptions, and no wordings."""
    fields = fields_of(question)
    for point in fields["key_points"]:
        point["accept"] = {}
        for name in ("half", "reject_if", "opposites"):
            point.pop(name, None)
    for wrong in fields.get("misconceptions", ()):
        wrong["phrases"], wrong["signals"] = [], []
    bare = {name: value for name, value in fields.items() if name not in {"contrasts", "relations"}}
    made = question_of(completed("free_text", bare, tried=False))
    assert isinstance(made, FreeText)
    return made


def by_lines(value: Any, indent: str = "") -> str:
    """As JSON, with a line for each name; lists stay on one."""
    if not isinstance(value, dict):
        return json.dumps(value)
    inner = f"{indent} "
    lines = (f"{inner}{json.dumps(name)}: {by_lines(each, inner)}" for name, each in value.items())
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def written(trees: Mapping[str, Any]) -> str:
    """Trees as JSON, one a line."""
    lines = ",\n  ".join(json.dumps(tree) for tree in trees["trees"])
    tone = textwrap.fill(json.dumps(trees["tone"])[1:-1], 118, initial_indent="  ", subsequent_indent="  ")
    rest = {name: value for name, value in trees.items() if name not in {"trees", "tone"}}
    return json.dumps(rest, indent=1)[:-2] + f',\n "tone": {{\n{tone}\n }},\n "trees": [\n  {lines}\n ]\n}}\n'


def _inside(answer: str, words: str, reading: Reading, speaking: Candidates) -> np.ndarray:
    """Which units lie in the words by a good part."""
    begin = answer.find(words) if words else -1
    found: list[bool] = []
    for unit in speaking.units:
        start, end = reading.quote(unit.start, unit.end)
        common = min(end, begin + len(words)) - max(start, begin)
        found.append(begin >= 0 and common > INSIDE * max(1, end - start))
    return np.array(found, bool)


def tone_of_wordings(questions: Iterable[FreeText]) -> dict[str, float]:
    """For words and pairs of words, how much likelier they stand in opposite wordings than in right ones."""
    times: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    count = [0, 0]
    known: dict[str, set[str]] = {}
    for question in questions:
        for point in question.key_points:
            for side, texts in enumerate(((*point.accept.phrases, point.claim), point.opposites)):
                for text in texts:
                    marks = marks_of(text)
                    said = marks.said | marks.pairs
                    times[side].update(said)
                    count[side] += len(said)
                    for key in said:
                        known.setdefault(key, set()).add(question.id)
    right, opposite = times
    tone: dict[str, float] = {}
    for key in sorted(known):
        if len(known[key]) >= TONE_QUESTIONS and right[key] + opposite[key] >= TONE_TIMES:
            value = math.log((opposite[key] + 2) / (count[1] + 4)) - math.log((right[key] + 2) / (count[0] + 4))
            if abs(value) >= LEAST_TONE:
                tone[key] = round(value, 2)
    return tone


def collect(
    bank: dict[str, FreeText],
    training: Sequence[dict[str, Any]],
    edits: Sequence[dict[str, Any]],
    tone: dict[str, float],
    foreign: int = FOREIGN,
) -> Data:
    """`edits` each turn one stated point of an answer round, or say it in another way."""
    draw = random.Random(SEED)
    rows = _Rows(bank, tone)
    for row in training:
        labels = {name: (point["label"], point.get("quote", "")) for name, point in row["points"].items()}
        rows.add(row["question"], row["answer"], labels)
    whole = {(row["question"], row["kind"]): row["answer"] for row in training}
    for edit in edits:
        changed = whole[edit["question"], edit["kind"]].replace(edit["was"], edit["changed"])
        label = 1.0 if edit["edit"] == "same" else -1.0
        rows.add(edit["question"], changed, {edit["point"]: (label, edit["changed"])}, edited=label < 0)
    good = [row for row in training if row["kind"] in {"excellent", "good"}]
    for name in sorted({row["question"] for row in training}):
        others = [row for row in good if row["question"] != name]
        for row in draw.sample(others, min(foreign, len(others))):
            rows.add(name, row["answer"], {point.id: (0.0, "") for point in bank[name].key_points})
    return rows.data()


# Turned round


def boosted(
    rounds: int, signs: Sequence[int], *, leaves: int, rate: float, rare: int
) -> HistGradientBoostingClassifier:
    """Trees to be fitted, `rounds` of them with so many leaves; `signs` say what must rise (1) and fall (-1)."""
    return HistGradientBoostingClassifier(
        max_iter=rounds,
        max_leaf_nodes=leaves,
        learning_rate=rate,
        min_samples_leaf=rare,
        l2_regularization=5,
        early_stopping=False,  # pyright: ignore[reportArgumentType]
        random_state=SEED,
        monotonic_cst=signs,
    )


def grown(data: Data) -> HistGradientBoostingClassifier:
    """Trees that know a unit which turns its point round.

    Which unit of the quoted words does so is not labelled: it is the one that the trees of the round before think the
    likeliest. Of the other rows the likeliest units are the counterexamples.
    """
    first = [TREE_NAMES.index(name) for name in ("turning", "rejected")]
    scores = [numbers[:, first].sum(axis=1) for numbers in data.candidates]
    signs = [1 if name in TURNING else -1 if name in STRAIGHT else 0 for name in TREE_NAMES]
    model = boosted(TREES, signs, leaves=LEAVES, rate=0.08, rare=20)
    for most in (4, 2):
        chosen: list[np.ndarray] = []
        target: list[int] = []
        weight: list[float] = []
        for numbers, score, quoted, label, edited in zip(
            data.candidates, scores, data.quoted, data.labels, data.edited, strict=True
        ):
            if label < 0:
                inside = np.flatnonzero(quoted)
                if len(inside):
                    chosen.append(numbers[inside[np.argmax(score[inside])]])
                    target.append(1)
                    weight.append(EDIT_WEIGHT if edited else 1.0)
                continue
            for at in np.argsort(-score, kind="stable")[:most]:
                chosen.append(numbers[at])
                target.append(0)
                weight.append(STATED_WEIGHT if label == 1 else OTHER_WEIGHT)
        model.fit(np.array(chosen), target, sample_weight=weight)
        scores = _likely(model, data.candidates)
    return model


def _likely(model: HistGradientBoostingClassifier, candidates: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The probability of each unit."""
    found = model.predict_proba(np.vstack(candidates))[:, 1]
    return np.split(found, np.cumsum([len(numbers) for numbers in candidates])[:-1])


def against(data: Data) -> np.ndarray:
    """For each row the probability of its likeliest unit, from trees that have not seen its question."""
    found = np.zeros(len(data.labels))
    for fit, held in _folds(data):
        model = grown(data.part(np.isin(np.arange(len(found)), fit)))
        rows = [i for i in held if len(data.candidates[i])]
        for i, likely in zip(rows, _likely(model, [data.candidates[i] for i in rows]), strict=True):
            found[i] = likely.max()
    return found


def stored_trees(model: HistGradientBoostingClassifier) -> dict[str, Any]:
    """In the form that `grader.text.trees` reads."""

    def node(nodes: np.ndarray, index: int) -> Any:
        row = nodes[index]
        if row["is_leaf"]:
            return round(float(row["value"]), 4)
        name, limit = TREE_NAMES[row["feature_idx"]], round(float(row["num_threshold"]), 6)
        return [name, limit, node(nodes, row["left"]), node(nodes, row["right"])]

    trees = [node(predictors[0].nodes, 0) for predictors in model._predictors]
    start = float(np.ravel(model._baseline_prediction)[0])
    return {"trained by": "make train-grader", "start": round(start, 4), "trees": trees}


def _folds(data: Data) -> Iterable[tuple[np.ndarray, np.ndarray]]:
    folds = GroupKFold(min(FOLDS, len(set(data.questions.tolist()))), shuffle=True, random_state=SEED)
    return folds.split(data.signals, data.labels > 0, data.questions)


# Weighed


def fitted(
    signals: np.ndarray, target: np.ndarray, rounds: int, signs: Sequence[int]
) -> HistGradientBoostingClassifier:
    """Trees of one question each, which add up to a curve for each number; it rises or falls where that is asked for
    (1, -1; 0: either)."""
    return boosted(rounds, signs, leaves=2, rate=SLOWLY, rare=RARE).fit(signals, target)


def predicted(data: Data, target: np.ndarray, rounds: int, signs: Sequence[int]) -> np.ndarray:
    """Probabilities for every row, from models that have not seen its question."""
    found = np.zeros(len(target))
    for fit, held in _folds(data):
        model = fitted(data.signals[fit], target[fit], rounds, signs)
        found[held] = model.predict_proba(data.signals[held])[:, 1]
    return found


def chosen(data: Data, target: np.ndarray, signs: Sequence[int]) -> tuple[int, np.ndarray]:
    """The number of rounds with the best log-likelihood across questions, and its predictions."""
    tried = {rounds: predicted(data, target, rounds, signs) for rounds in ROUNDS}
    best = min(ROUNDS, key=lambda rounds: log_loss(target, tried[rounds]))
    return best, tried[best]


@dataclass(frozen=True)
class Trained:
    """A model of whether a point is stated."""

    rounds: int
    predicted: np.ndarray
    """For each row, from models that have not seen its question."""
    stated: np.ndarray
    seen: np.ndarray
    """Where the author's wordings say so."""
    form: dict[str, Any]
    """In the form that `grader.text.decision` reads."""

    @property
    def f1(self) -> float:
        limits = np.where(self.seen, self.form["kept"], self.form["hit"])
        return float(f1_score(self.stated, self.predicted >= limits))


def stating(data: Data) -> Trained:
    """The model with its thresholds."""
    stated = (data.labels >= 0.5).astype(int)
    signs = [0 if name in FREE else -1 if name in FALLING else 1 for name in NAMES]
    rounds, p = chosen(data, stated, signs)
    seen = data.signals[:, [NAMES.index(name) for name in RULES]].sum(axis=1) > 0
    likely = [hit for hit in GRID if hit >= LIKELIER_THAN_NOT]
    pairs = ((hit, kept) for hit in likely for kept in GRID if KEPT_SHARE * hit <= kept <= hit)
    scored = {pair: float(f1_score(stated, p >= np.where(seen, pair[1], pair[0]))) for pair in pairs}
    hit, kept = min(pair for pair, score in scored.items() if score >= max(scored.values()) - AS_GOOD)
    thresholds = {"hit": round(hit, 2), "kept": round(kept, 2), "unsure": round(0.6 * hit, 2)}
    form = {**stored(fitted(data.signals, stated, rounds, signs)), **thresholds}
    return Trained(rounds, p, stated, seen, form)


def cautious(model: Trained) -> Trained:
    """The model with thresholds for points with few wordings: in doubt it asks, instead of taking the likelier side."""
    hit = next((t for t in GRID if precision(model.stated, model.predicted >= t) >= SURE), GRID[-1])
    unsure = min(hit, float(np.quantile(model.predicted[model.stated == 1], RARELY_MISSED)))
    return replace(model, form={**model.form, "hit": round(hit, 2), "unsure": round(unsure, 2)})


def train(data: Data, thin: Data, answers: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The models with thresholds and the record of how they came about, and the trees.

    `thin`: the same answers beside questions with claims and a model answer alone.
    """
    turned = against(data)
    data = replace(data, signals=data.signals.copy())
    data.signals[:, NAMES.index("against")] = turned
    right = data.labels == 1
    limit = float(np.quantile(turned[right], 1 - FALSE_ACCUSATIONS))
    states, few = stating(data), cautious(stating(thin))
    opposed = (data.labels < 0).astype(int)
    free = [0] * len(NAMES)
    # Misconceptions and turned contrasts are told as findings of their own.
    hidden = [NAMES.index(name) for name in ("wrong", "flip")]
    blind = replace(data, signals=data.signals.copy())
    blind.signals[:, hidden] = 0
    rounds_against, q = chosen(blind, opposed, free)
    threshold = next(
        (float(t) for t in np.arange(0.1, 0.99, 0.01) if precision(opposed, q >= t) >= NEEDED_PRECISION), 0.99
    )
    points = {
        "states": states.form,
        "thin": few.form,
        "opposes": {
            **stored(fitted(blind.signals, opposed, rounds_against, free)),
            "opposed": round(threshold, 2),
        },
        "turned": round(limit, 3),
        "record": {
            "trained by": "make train-grader",
            "data": "answers written for this project (bench/answers/train*.jsonl, edits*.jsonl), nothing else",
            "answers": answers,
            "rows": len(states.stated),
            "questions": len(set(data.questions.tolist())),
            "share stated": round(float(states.stated.mean()), 3),
            "seed": SEED,
            "scikit-learn": sklearn.__version__,
            "rounds": [states.rounds, few.rounds, rounds_against],
            "cross-validated by question": {
                "AUC": round(float(roc_auc_score(states.stated, states.predicted)), 3),
                "F1": round(states.f1, 3),
                "F1 of the rules alone": round(float(f1_score(states.stated, states.seen)), 3),
                "AUC with few wordings": round(float(roc_auc_score(few.stated, few.predicted)), 3),
                "F1 with few wordings": round(few.f1, 3),
                "AUC of the opposite": round(float(roc_auc_score(opposed, q)), 3),
                "opposites found": round(float((q[opposed == 1] >= threshold).mean()), 3),
                "claims turned round found": round(float((turned[data.edited] >= limit).mean()), 3),
            },
        },
    }
    return points, stored_trees(grown(data))


def precision(target: np.ndarray, said: np.ndarray) -> float:
    return float(target[said].mean()) if said.any() else 0.0


def stored(model: HistGradientBoostingClassifier) -> dict[str, Any]:
    """In the form that `grader.text.curves` reads, so that a number of 0 adds nothing."""
    steps: dict[str, dict[float, tuple[float, float]]] = {}
    start = float(np.ravel(model._baseline_prediction)[0])
    for predictors in model._predictors:
        root = predictors[0].nodes[0]
        if root["is_leaf"]:
            start += float(root["value"])
            continue
        low, high = (float(predictors[0].nodes[root[side]]["value"]) for side in ("left", "right"))
        edges = steps.setdefault(NAMES[root["feature_idx"]], {})
        edge = float(root["num_threshold"])
        before, after = edges.get(edge, (0.0, 0.0))
        edges[edge] = before + low, after + high
    curves: dict[str, Any] = {}
    for name in (name for name in NAMES if name in steps):
        edges = sorted(steps[name])
        adds = [
            sum(low if index <= at else high for at, (low, high) in enumerate(steps[name][edge] for edge in edges))
            for index in range(len(edges) + 1)
        ]
        nothing = adds[bisect_left(edges, 0.0)]
        start += nothing
        curves[name] = {"up to": edges, "adds": [round(value - nothing, 3) for value in adds]}
    return {"start": round(start, 4), "curves": curves}


if __name__ == "__main__":
    main()
