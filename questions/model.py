"""What a question holds. One model serves bank files and moderators' edits.

A question file is YAML 1.2; every kind shares the head (`id`, `version`, `topics`, `difficulty`, `prompt`,
`hints`, `references`) and adds what its grader needs. Unknown keys are refused. `docs/questions.md` is the
author's guide.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    field_validator,
    model_validator,
)

from questions.expression import Expression, ExpressionError, placeholders
from questions.pattern import PatternError, compile_pattern


class Level(StrEnum):
    JUNIOR = "junior"
    MID = "mid"
    SENIOR = "senior"


class Tier(StrEnum):
    """Who is expected to say it: core from juniors on, depth from mid on, stretch is a bonus below senior."""

    CORE = "core"
    DEPTH = "depth"
    STRETCH = "stretch"


class Part(StrEnum):
    """The parts of a behavioral story."""

    SITUATION = "situation"
    TASK = "task"
    ACTION = "action"
    RESULT = "result"
    LEARNING = "learning"


SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
TOPIC = re.compile(r"^[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*$")
QUESTION_ID = re.compile(r"^[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*(~[0-9a-z]{1,13})?$")
"""Of files: `track.topic.name`. Behind a `~`, which no file may have, stands the server whose own question it is."""
LATEX = re.compile(
    r"\\(frac|sum|sqrt|text|mathbb|cdot|left|begin|hat|partial|sigma|lambda|mu|alpha|beta)\b|\$[^$\n]+\$"
)

PROMPT_WORDS = 90
SHORT_MODEL_WORDS = 40
FULL_MODEL_WORDS = 180
FULL_ANSWER = "@model_answer.full"
"""Stands for the full model answer where a calibration answer has its text."""


def words(text: str) -> int:
    """How many words a text has, as the length limits count them."""
    return len(text.split())


def _one_line(value: object) -> object:
    return " ".join(value.split()) if isinstance(value, str) else value


def _plain(value: str) -> str:
    if LATEX.search(value):
        raise ValueError("Discord shows no LaTeX: write the formula in Unicode (σ², √n, Σ xᵢ, ≤, λ)")
    return value


def _slug(value: str) -> str:
    if not SLUG.match(value):
        raise ValueError(f"{value!r} is not a slug: lower-case letters, digits and single hyphens")
    return value


def _all_levels(value: dict[Level, int]) -> dict[Level, int]:
    if set(value) != set(Level):
        raise ValueError("give a band for junior, mid and senior")
    return value


def _pattern(value: str) -> str:
    try:
        compile_pattern(value)
    except PatternError as error:
        raise ValueError(str(error)) from error
    return value


def _expression(value: object) -> str:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise ValueError("an expression is a number or a formula such as  g / (h + 2)")
    try:
        Expression(text)
    except ExpressionError as error:
        raise ValueError(str(error)) from error
    return text


def _number(value: object) -> object:
    if isinstance(value, str | bool):
        raise ValueError("a number is expected")
    return value


Text = Annotated[StrictStr, BeforeValidator(_one_line), Field(min_length=1)]
"""One paragraph, whatever way the file wraps it."""
Prose = Annotated[StrictStr, Field(min_length=1)]
"""Text that keeps its line breaks (prompts with lists or code)."""
Slug = Annotated[StrictStr, Field(min_length=1, max_length=40)]
"""A name: an option's letter, a label."""
PointId = Annotated[Slug, AfterValidator(_slug)]
"""A slug that grades and follow-ups refer to."""
PatternText = Annotated[StrictStr, AfterValidator(_pattern)]
"""An RE2 pattern."""
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
Formula = Annotated[str, BeforeValidator(_expression)]
"""A numeric expression over the question's parameters."""


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Difficulty(Model):
    """`level`: 1 recall, 2 explain, 3 apply or diagnose, 4 trade-off or design, 5 derive or novel.
    `b`, `a`, `c`: the author's prior of the item-response parameters (location, slope, guessing floor)."""

    level: int = Field(ge=1, le=5, strict=True)
    b: Number = Field(default=0.0, ge=-4, le=4)
    a: Number = Field(default=1.0, gt=0, le=3)
    c: Number = Field(default=0.0, ge=0, le=0.5)


class Reference(Model):
    title: Text
    author: Text
    year: int | None = Field(default=None, ge=1700, le=2100, strict=True)
    chapter: Text | None = None


class Question(Model):
    """What every kind of question has."""

    id: StrictStr
    version: int = Field(ge=1, strict=True)
    topics: tuple[StrictStr, ...] = Field(min_length=1, max_length=3)
    levels: tuple[Level, ...] = (Level.JUNIOR, Level.MID, Level.SENIOR)
    rounds: tuple[Slug, ...] = ()
    """The rounds of a loop in which it is asked (`ml-breadth`, `phone-screen`); empty: wherever its track is."""
    difficulty: Difficulty
    prompt: Prose = Field(max_length=1500)
    prompt_words: ClassVar[int | None] = PROMPT_WORDS
    """The most words of a prompt; None: only its characters are limited."""
    time_limit_s: int | None = Field(default=None, ge=30, le=3600, strict=True)
    references: tuple[Reference, ...] = ()

    @field_validator("id")
    @classmethod
    def _id(cls, value: str) -> str:
        if not QUESTION_ID.match(value):
            raise ValueError(f"{value!r} is not an id: write track.topic.name, such as ml.boosting.shrinkage")
        return value

    @field_validator("topics")
    @classmethod
    def _topics(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for topic in value:
            if not TOPIC.match(topic):
                raise ValueError(f"{topic!r} is not a topic: write track.topic, such as ml.boosting")
        if len(set(value)) != len(value):
            raise ValueError("a topic is listed twice")
        return value

    @field_validator("prompt")
    @classmethod
    def _prompt(cls, value: str) -> str:
        value = value.strip()
        if cls.prompt_words is not None and words(value) > cls.prompt_words:
            raise ValueError(f"{words(value)} words; a prompt has at most {cls.prompt_words}")
        return _plain(value)

    @model_validator(mode="after")
    def _primary_topic(self) -> Question:
        if not self.id.startswith(self.topics[0] + "."):
            raise ValueError(f"the id must start with the first topic, {self.topics[0]!r}")
        return self

    @property
    def topic(self) -> str:
        """The primary topic, `track.topic`."""
        return self.topics[0]

    @property
    def track(self) -> str:
        return self.topics[0].partition(".")[0]


class Accept(Model):
    """What counts as saying a key point: paraphrases (matched tolerantly, clause by clause), concepts, RE2 patterns."""

    phrases: tuple[Text, ...] = Field(min_length=2)
    concepts: tuple[Annotated[tuple[Text, ...], Field(min_length=1)], ...] = ()
    """What a clause must name to state the point, in any order: one wording of every group."""
    patterns: tuple[PatternText, ...] = ()


class KeyPoint(Model):
    id: PointId
    tier: Tier
    weight: int = Field(ge=1, le=3, strict=True)
    claim: Text
    accept: Accept
    half: tuple[PatternText, ...] = ()
    """Patterns of the right idea with a wrong or missing condition: half credit."""
    reject_if: tuple[PatternText, ...] = ()
    """Patterns that void a match in the same clause (a wrong sign, the opposite)."""
    opposites: tuple[Text, ...] = ()
    """How somebody words it who has the point the wrong way round, as claims: matched like phrases, against them."""
    followup: Text
    """Asks for this point without naming it."""


class Relation(Model):
    """A directed statement, written `more regularization -> less variance`.

    Each side starts with a direction (more, less, higher, lower, larger, smaller, increases, decreases) and
    names a quantity; `|` separates synonyms: `more regularization | larger lambda -> less variance`.
    """

    cause: Text
    effect: Text

    @model_validator(mode="before")
    @classmethod
    def _arrow(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        cause, arrow, effect = (part.strip() for part in value.replace("→", "->").partition("->"))
        if not (arrow and cause and effect):
            raise ValueError("write a relation as  more of one thing -> less of another")
        return {"cause": cause, "effect": effect}

    @model_validator(mode="after")
    def _directions(self) -> Relation:
        for side in (self.cause, self.effect):
            for phrase in side.split("|"):
                first = phrase.split()[0].lower() if phrase.split() else ""
                if first not in DIRECTIONS:
                    raise ValueError(
                        f"{phrase.strip()!r} must start with a direction, such as {', '.join(sorted(DIRECTIONS)[:6])}"
                    )
        return self


DIRECTIONS: dict[str, int] = {
    "more": 1, "higher": 1, "larger": 1, "bigger": 1, "greater": 1, "increasing": 1, "stronger": 1, "longer": 1,
    "deeper": 1, "faster": 1, "better": 1, "wider": 1,
    "less": -1, "fewer": -1, "lower": -1, "smaller": -1, "decreasing": -1, "weaker": -1, "shorter": -1,
    "shallower": -1, "slower": -1, "worse": -1, "narrower": -1,
}  # fmt: skip
"""Direction words that open a side of a relation, with their sign."""


class Misconception(Model):
    id: PointId
    claim: Text
    signals: tuple[PatternText, ...] = ()
    """RE2 patterns of the wrong claim, matched within a clause."""
    phrases: tuple[Text, ...] = ()
    """Ways people word the wrong claim."""
    penalty: Number = Field(ge=0, le=0.3)
    """Taken off the score, a share of the whole; 0 means feedback only."""
    why_wrong: Text
    fatal: StrictBool = False
    probe: Text | None = None
    """The question that lets the candidate correct it, without saying that it is wrong."""

    @model_validator(mode="after")
    def _recognisable(self) -> Misconception:
        if not (self.signals or self.phrases):
            raise ValueError("give at least one signal or phrase by which it is recognised")
        return self


class ModelAnswer(Model):
    short: Text
    full: Prose

    @model_validator(mode="after")
    def _lengths(self) -> ModelAnswer:
        if words(self.short) > SHORT_MODEL_WORDS:
            raise ValueError(f"short: {words(self.short)} words, at most {SHORT_MODEL_WORDS}")
        if words(self.full) > FULL_MODEL_WORDS:
            raise ValueError(f"full: {words(self.full)} words, at most {FULL_MODEL_WORDS}")
        _plain(self.full)
        return self


Band = Annotated[int, Field(ge=1, le=4, strict=True)]
Bands = Annotated[dict[Level, Band], AfterValidator(_all_levels)]
"""A band for every level."""


class CalibrationAnswer(Model):
    """An answer with the hits and bands that every version of the grader must give it."""

    label: Slug
    text: Prose
    """The answer, or `FULL_ANSWER`."""
    hits: tuple[Slug, ...] = ()
    halves: tuple[Slug, ...] = ()
    misconceptions: tuple[Slug, ...] = ()
    band: Bands


Hints = Annotated[tuple[Text, ...], Field(min_length=3, max_length=3)]
"""H1 narrows the question, H2 names the area, H3 gives part of the solution."""


class FreeText(Question):
    type: Literal["free_text"]
    key_points: tuple[KeyPoint, ...] = Field(min_length=3, max_length=10)
    contrasts: tuple[dict[StrictStr, tuple[Text, ...]], ...] = ()
    """Who has which property: `{L1|lasso: [sparse, zeros out], L2|ridge: [shrinks smoothly]}`."""
    relations: tuple[Relation, ...] = ()
    misconceptions: tuple[Misconception, ...] = Field(min_length=1)
    red_flags: tuple[Text, ...] = ()
    hints: Hints
    model_answer: ModelAnswer
    calibration_answers: tuple[CalibrationAnswer, ...] = Field(min_length=3)
    references: tuple[Reference, ...] = Field(min_length=1)

    @field_validator("contrasts")
    @classmethod
    def _two_sides(cls, value: tuple[dict[str, tuple[str, ...]], ...]) -> tuple[dict[str, tuple[str, ...]], ...]:
        for contrast in value:
            if len(contrast) < 2:
                raise ValueError("a contrast names at least two things")
        return value

    @model_validator(mode="after")
    def _ids_agree(self) -> FreeText:
        points = [point.id for point in self.key_points]
        wrongs = [wrong.id for wrong in self.misconceptions]
        for name, ids in (("key_points", points), ("misconceptions", wrongs)):
            if len(set(ids)) != len(ids):
                raise ValueError(f"{name}: an id is used twice")
        if not any(point.tier is Tier.CORE for point in self.key_points):
            raise ValueError("key_points: at least one must be core")
        labels = [answer.label for answer in self.calibration_answers]
        if len(set(labels)) != len(labels):
            raise ValueError("calibration_answers: a label is used twice")
        for answer in self.calibration_answers:
            for field, known in (("hits", points), ("halves", points), ("misconceptions", wrongs)):
                for name in getattr(answer, field):
                    if name not in known:
                        raise ValueError(f"calibration_answers {answer.label}: {field} names unknown {name!r}")
        return self

    def calibration_text(self, answer: CalibrationAnswer) -> str:
        return self.model_answer.full if answer.text.strip() == FULL_ANSWER else answer.text


class Option(Model):
    id: Slug
    text: Text = Field(max_length=200)
    correct: StrictBool = False
    why: Text
    """Why it is right, or what is wrong with it."""
    tag: Slug | None = None
    """The misconception that a distractor stands for."""


class MultipleChoice(Question):
    type: Literal["multiple_choice"]
    options: tuple[Option, ...] = Field(min_length=3, max_length=5)
    shuffle: StrictBool = True
    """False where the order carries meaning (numbers in order)."""
    hints: Hints
    takeaway: Text
    """One or two sentences to remember, shown after the answer."""

    @field_validator("options")
    @classmethod
    def _one_key(cls, value: tuple[Option, ...]) -> tuple[Option, ...]:
        if sum(option.correct for option in value) != 1:
            raise ValueError("exactly one option is correct")
        if len({option.id for option in value}) != len(value):
            raise ValueError("an option id is used twice")
        if len({option.text.casefold() for option in value}) != len(value):
            raise ValueError("two options read the same")
        for option in value:
            if not option.correct and option.tag is None:
                raise ValueError(f"option {option.id}: a distractor needs a tag, the misconception it stands for")
            if re.search(r"\b(all|none) of the (above|others)\b", option.text, re.IGNORECASE):
                raise ValueError(f"option {option.id}: no 'all of the above' or 'none of the above'")
        return value

    @property
    def key(self) -> Option:
        """The correct option."""
        return next(option for option in self.options if option.correct)


class Tolerance(Model):
    """How far from the value still counts: `relative` (a share of the value) or `absolute` (in the unit)."""

    relative: Number | None = Field(default=None, gt=0, le=0.2)
    absolute: Number | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one(self) -> Tolerance:
        if (self.relative is None) == (self.absolute is None):
            raise ValueError("give either relative or absolute")
        return self


class Mistake(Model):
    """A wrong result that people reach, and the slip behind it."""

    value: Formula
    claim: Text
    why_wrong: Text


class Numeric(Question):
    """A template: `prompt`, `answer` and `working` mention the parameters; each draw picks one value of each.

    In `prompt`, `hints`, `working` and reasons, `{name}` stands for a parameter and `{expression|.3g}` for a
    computed value in Python's number format.
    """

    type: Literal["numeric"]
    params: dict[StrictStr, tuple[Number, ...]] = {}
    answer: Formula
    tolerance: Tolerance
    unit: StrictStr = ""
    """What the number is in, shown to the candidate: "%" accepts 12 %, 12 and 0.12 alike where unambiguous."""
    mistakes: tuple[Mistake, ...] = Field(min_length=1)
    hints: Hints
    working: Prose
    takeaway: Text

    @model_validator(mode="after")
    def _names(self) -> Numeric:
        for name, values in self.params.items():
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"params: {name!r} is not a parameter name (lower-case letters, digits, _)")
            if not values or len(set(values)) != len(values):
                raise ValueError(f"params {name}: give at least one value, each once")
        known = set(self.params)
        formulas = [("answer", self.answer)] + [(f"mistakes {i + 1}", m.value) for i, m in enumerate(self.mistakes)]
        for field, formula in formulas:
            if unknown := Expression(formula).names - known:
                raise ValueError(f"{field}: unknown parameter {sorted(unknown)[0]!r}")
        texts = [("prompt", self.prompt), ("working", self.working), ("takeaway", self.takeaway)]
        texts += [(f"hints {i + 1}", hint) for i, hint in enumerate(self.hints)]
        texts += [(f"mistakes {i + 1}", f"{m.claim} {m.why_wrong}") for i, m in enumerate(self.mistakes)]
        for field, text in texts:
            try:
                unknown = {name for part in placeholders(text) for name in part.expression.names} - known
            except ExpressionError as error:
                raise ValueError(f"{field}: {error}") from error
            if unknown:
                raise ValueError(f"{field}: unknown parameter {sorted(unknown)[0]!r}")
        return self

    @property
    def variants(self) -> int:
        """How many different draws the template has."""
        count = 1
        for values in self.params.values():
            count *= len(values)
        return count

    def draw(self, variant: int) -> dict[str, float]:
        """The parameters of draw number `variant`; any integer is taken modulo the number of draws."""
        rest = variant % self.variants
        values: dict[str, float] = {}
        for name, choices in self.params.items():
            rest, index = divmod(rest, len(choices))
            values[name] = choices[index]
        return values


class Signal(Model):
    """Something that an interviewer notes down, for or against, recognised by its wording."""

    id: PointId
    claim: Text
    signals: tuple[PatternText, ...] = Field(min_length=1)
    why: Text


class StarAnswer(Model):
    """A calibration answer of a behavioral question: which parts the analysis must find, and the band."""

    label: Slug
    text: Prose
    parts: tuple[Part, ...]
    """The parts that are there; the analysis must find these and no others."""
    negatives: tuple[Slug, ...] = ()
    band: Bands


class StoryModel(Model):
    full: Prose

    @field_validator("full")
    @classmethod
    def _length(cls, value: str) -> str:
        if not 120 <= words(value) <= 260:
            raise ValueError(f"{words(value)} words; a model story has 120 to 260")
        return value


class Behavioral(Question):
    """A prompt for a story. The first topic is the competency (`behav.conflict`)."""

    type: Literal["behavioral"]
    competency: Text
    """What the interviewer listens for, in one sentence."""
    look_for: dict[Part, Text]
    """What each part should hold for this prompt."""
    probes: dict[Part, tuple[Text, ...]]
    """Two questions a part, asked when that part is missing."""
    anchors: dict[Literal[1, 2, 3, 4], Text]
    level_scope: dict[Level, Text]
    """The size of story expected for the same score."""
    negatives: tuple[Signal, ...] = ()
    positives: tuple[Signal, ...] = ()
    hints: Annotated[tuple[Text, ...], Field(min_length=1, max_length=1)]
    model_answer: StoryModel
    calibration_answers: tuple[StarAnswer, ...] = Field(min_length=3)

    @field_validator("anchors", mode="before")
    @classmethod
    def _numbered(cls, value: object) -> object:
        # JSON knows no numbers as keys.
        if isinstance(value, dict):
            keyed = cast("dict[object, object]", value)
            return {int(k) if isinstance(k, str) and k.isdecimal() else k: v for k, v in keyed.items()}
        return value

    @model_validator(mode="after")
    def _complete(self) -> Behavioral:
        if set(self.look_for) != set(Part):
            raise ValueError("look_for: name all five parts")
        if set(self.probes) != set(Part) or any(len(asked) < 2 for asked in self.probes.values()):
            raise ValueError("probes: give two questions for each of the five parts")
        if set(self.anchors) != {1, 2, 3, 4}:
            raise ValueError("anchors: give 1, 2, 3 and 4")
        if set(self.level_scope) != set(Level):
            raise ValueError("level_scope: give junior, mid and senior")
        known = {negative.id for negative in self.negatives} | BUILT_IN_NEGATIVES
        for answer in self.calibration_answers:
            for name in answer.negatives:
                if name not in known:
                    raise ValueError(f"calibration_answers {answer.label}: unknown negative {name!r}")
        return self

    def calibration_text(self, answer: StarAnswer) -> str:
        return self.model_answer.full if answer.text.strip() == FULL_ANSWER else answer.text


BUILT_IN_NEGATIVES = frozenset({"we-only", "hypothetical", "blames", "vague"})
"""Negatives that the analysis finds in any story; a question need not list them."""

WrittenQuestion = FreeText | MultipleChoice | Numeric | Behavioral
"""What a YAML file holds; code tasks are Markdown (`questions.kinds` has all)."""
DiscriminatedQuestion = Annotated[WrittenQuestion, Field(discriminator="type")]
