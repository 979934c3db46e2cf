"""What a code task holds: a question that is answered with Python.

A task is one Markdown file (`questions.task_file` reads it, `docs/code-tasks.md` is the author's guide). Nothing here
runs code: the calls and the reference stay source text until `grader.code.build` runs them in the sandbox and freezes
what they give into a bundle.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictStr, field_validator, model_validator

from questions.model import Hints, KeyPoint, Misconception, Model, Number, PointId, Prose, Question, Text

MAX_CODE = 64 * 1024
"""Bytes of a submission, and of any code block of a task."""
STATEMENT_CHARACTERS = 1700
"""What fits on the task card beside the sample and the buttons."""


class CodeKind(StrEnum):
    FUNCTION = "function"
    CLASS = "class"
    """Cases are scripts of operations on one object: `[new(0.1), step([1.0]), rate()]`."""
    FIGURE = "figure"
    """The function returns a matplotlib Figure or Axes, or leaves one current."""
    PREDICT = "predict"
    """`predict(train, test)` returns a prediction a row of `test`; scored by a metric on hidden labels."""


class Style(StrEnum):
    IMPLEMENT = "implement"
    DEBUG = "debug"
    """The starter is a whole program with mistakes in it; the candidate mends it."""


class Expect(StrEnum):
    """The verdict that an instructive wrong solution must get."""

    WRONG_ANSWER = "wrong_answer"
    TIME_LIMIT = "time_limit"
    """Too slow: a time limit, or the growth of a scaling group."""
    MEMORY_LIMIT = "memory_limit"
    OUTPUT_LIMIT = "output_limit"
    RUNTIME_ERROR = "runtime_error"
    COMPILE_ERROR = "compile_error"
    FORBIDDEN_IMPORT = "forbidden_import"


class Checker(StrEnum):
    """How an answer is compared. All work on decoded data, outside the sandbox, except `property`."""

    APPROX = "approx"
    """Numbers within `rtol` or `atol` (either suffices), everything else equal. The default."""
    EXACT = "exact"
    """As `approx` with no tolerance."""
    MULTISET = "multiset"
    """A sequence whose order does not matter."""
    AS_SET = "as_set"
    """Order and repetitions do not matter; a list counts as a set."""
    ROWS_ANY_ORDER = "rows_any_order"
    """A matrix or table whose rows may come in any order."""
    TOPK = "topk"
    """The first `k` entries as a set; the rest is free."""
    UP_TO_SIGN = "up_to_sign"
    """Vectors along `axis` (0: columns of a matrix are the vectors; 1: its rows) may each be negated."""
    UP_TO_PERMUTATION = "up_to_permutation"
    """Labels may be renamed one to one (cluster numbers)."""
    UP_TO_SCALE = "up_to_scale"
    """A non-zero factor is free."""
    SAME_SPAN = "same_span"
    """The columns span the same space."""
    ONE_OF = "one_of"
    """The expected value is a list of answers, each of which is right."""
    STRING = "string"
    """Text, with `strip`, `fold` and `regex`."""
    FRAME = "frame"
    """A pandas table: `index`, `rows`, `columns`, `dtype`."""
    STAT = "stat"
    """A statistic of the returned draws: `statistic`, `tolerance`; the expected value is the statistic's."""
    METRIC = "metric"
    """A metric of the returned predictions against the expected labels: `metric` and `at_least` or `at_most`."""
    VS_REFERENCE = "vs_reference"
    """A number no worse than the reference's: at most `ratio` × it (`better: lower`) or at least it / `ratio`."""
    PROPERTY = "property"
    """The task's own `check` block decides, in a sandbox process of its own."""
    FIGURE = "figure"
    """The description of a figure, in the parts that `parts` names."""


class Metric(StrEnum):
    ACCURACY = "accuracy"
    F1 = "f1"
    ROC_AUC = "roc_auc"
    AVERAGE_PRECISION = "average_precision"
    LOG_LOSS = "log_loss"
    RMSE = "rmse"
    MAE = "mae"
    R2 = "r2"


HIGHER_IS_BETTER = frozenset(set(Metric) - {Metric.LOG_LOSS, Metric.RMSE, Metric.MAE})


class Compare(Model):
    """A checker with its arguments. `fields` gives parts of the answer (index of a tuple, key of a dict) their own."""

    checker: Checker = Checker.APPROX
    rtol: Number = Field(default=1e-6, ge=0)
    atol: Number = Field(default=1e-8, ge=0)
    types: Literal["loose", "strict"] = "loose"
    """loose: list, tuple, array and Series are alike, and 1 is 1.0; strict: the same type is needed."""
    bool_as_int: StrictBool = False
    """Whether 0 and 1 count for False and True."""
    nan: Literal["equal", "reject"] = "equal"
    dtype: Literal["ignore", "kind", "exact"] = "ignore"
    ordered: StrictBool = False
    """Whether the order of a dict's keys matters."""
    k: int | None = Field(default=None, ge=1, strict=True)
    axis: Literal[0, 1] = 0
    strip: StrictBool = True
    """Ignore white space at the ends of text (and of its lines)."""
    fold: StrictBool = False
    """Ignore upper and lower case."""
    regex: StrictBool = False
    """The expected text is a pattern that must match the whole answer."""
    index: Literal["auto", "check", "ignore"] = "auto"
    """auto: checked unless it is a plain 0, 1, 2 …"""
    rows: Literal["ordered", "any"] = "ordered"
    columns: Literal["ordered", "any"] = "ordered"
    statistic: Literal["mean", "std", "var", "share", "median"] | None = None
    tolerance: Number | None = Field(default=None, gt=0)
    metric: Metric | None = None
    at_least: Number | None = None
    at_most: Number | None = None
    ratio: Number | None = Field(default=None, ge=1)
    better: Literal["lower", "higher"] = "lower"
    parts: tuple[
        Literal["axes", "titles", "labels", "scales", "limits", "legend", "lines", "bars", "points", "images", "texts",
                "histogram"],
        ...,
    ] = ()  # fmt: skip
    args_after: tuple[int, ...] = ()
    """Positions of arguments that are compared after the call instead of the result (in-place tasks)."""
    fields: dict[StrictStr, Compare] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Compare:
        needed: dict[Checker, tuple[str, ...]] = {
            Checker.TOPK: ("k",),
            Checker.STAT: ("statistic", "tolerance"),
            Checker.METRIC: ("metric",),
            Checker.VS_REFERENCE: ("ratio",),
            Checker.FIGURE: ("parts",),
        }
        for name in needed.get(self.checker, ()):
            if getattr(self, name) in (None, ()):
                raise ValueError(f"the checker {self.checker.value} needs {name}")
        if self.checker is Checker.METRIC and (self.at_least is None) == (self.at_most is None):
            raise ValueError("the checker metric needs either at_least or at_most")
        return self


def _time(value: object) -> object:
    return None if value == "auto" else value


class Limits(Model):
    """What a run may use."""

    time_s: Annotated[Number | None, BeforeValidator(_time)] = Field(default=None, gt=0, le=600)
    """CPU seconds for all cases of one group; None (`auto`): from the reference when the bundle is built."""
    memory_mb: int = Field(default=256, ge=16, le=4096, strict=True)
    """Memory above what the interpreter and its libraries take."""
    result_kb: int = Field(default=1024, ge=1, le=8192, strict=True)
    """Size of one encoded result."""


class CaseSource(Model):
    """One case, as the author wrote it: a doctest example."""

    call: StrictStr
    """The call (`kmeans_step(np.array(…), …)`) or, for a class, the list of operations."""
    expected: StrictStr | None = None
    """The expected value as an expression, or the name of an exception (`ValueError`); None: the reference tells."""
    raises: StrictBool = False
    """Whether `expected` names an exception."""
    why: Text
    """What the case is about, shown when it fails ("empty cluster"); never its values."""
    hint: Text | None = None
    """Shown with the failure, if the author wants to help."""
    weight: int = Field(default=1, ge=1, le=10, strict=True)
    line: int = 0
    """1-based, in the task's file."""


class CaseGroup(Model):
    """Hidden cases that the author wrote out."""

    name: Text
    points: int = Field(default=50, ge=1, le=100, strict=True)
    cases: tuple[CaseSource, ...] = Field(min_length=1)


Argument = StrictStr | int | float | bool | tuple[StrictStr | int | float | bool, ...]
"""A generator's argument: a value, a list to cycle through, or a range such as `5..60`."""


class Generated(Model):
    """Cases that `make(rng, **args)` of the `generate` block makes. With `scaling`, one argument is a list of sizes."""

    group: Text
    count: int = Field(default=10, ge=1, le=200, strict=True)
    """How many cases; a scaling group has one a size."""
    args: dict[StrictStr, Argument] = Field(default_factory=dict)
    points: int = Field(default=20, ge=1, le=100, strict=True)
    scaling: Number | None = Field(default=None, gt=0, le=4)
    """The growth of time may exceed the reference's by this much at most, as an exponent of the size:
    with 0.5, a reference that grows like n¹ allows n¹·⁵."""
    why: Text | None = None
    """What the cases are about; the group's name if not given."""


class Wrong(Model):
    """An instructive wrong solution and the verdict that it must get."""

    code: Prose
    expect: Expect
    why: Text
    """What is wrong with it; the feedback's words for a candidate who does the same are the case labels, not this."""


class FollowUp(Model):
    """What the interviewer asks once the code is accepted; answered in words and graded by key points."""

    id: PointId
    ask: Text
    key_points: tuple[KeyPoint, ...] = Field(min_length=1, max_length=4)
    misconceptions: tuple[Misconception, ...] = ()
    model: Text
    """A good answer, two to four sentences."""


class Score(Model):
    """How predictions on hidden labels become points: none at `baseline` or below, all at `full`, linear between."""

    metric: Metric
    baseline: Number
    passing: Number
    """From here on the verdict is AC."""
    full: Number
    public_share: Number = Field(default=0.3, gt=0, lt=1)
    """The share of the labels whose score is shown at each submission; the rest decides."""
    per_day: int = Field(default=3, ge=1, le=20, strict=True)
    days: int = Field(default=7, ge=1, le=30, strict=True)

    @model_validator(mode="after")
    def _in_order(self) -> Score:
        rising = self.baseline < self.passing <= self.full
        falling = self.baseline > self.passing >= self.full
        if not (rising if self.metric in HIGHER_IS_BETTER else falling):
            raise ValueError("baseline, passing and full must lead from worse to better")
        return self


_ENTRY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def _modules(value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if not _MODULE.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a module")
    return value


Modules = Annotated[tuple[StrictStr, ...], AfterValidator(_modules)]


class CodeTask(Question):
    """A task; `prompt` is its statement."""

    type: Literal["code"] = "code"
    title: Text = Field(max_length=70)
    prompt: Prose = Field(max_length=STATEMENT_CHARACTERS)
    prompt_words: ClassVar[int | None] = None
    minutes: int = Field(ge=5, le=240, strict=True)
    """How long it should take in an interview."""
    kind: CodeKind = CodeKind.FUNCTION
    style: Style = Style.IMPLEMENT
    entry: StrictStr
    """The name that the submission must define."""
    signature: Text = Field(max_length=200)
    needs: Modules = ()
    """Third-party modules that may be imported; the standard library always may."""
    forbid: Modules = ()
    """Modules that may not be imported, parts of needed ones or of the standard library."""
    limits: Limits = Limits()
    compare: Compare = Compare()
    seed: int = Field(default=1, ge=0, strict=True)
    starter: Prose
    solution: Prose
    fixtures: StrictStr = ""
    """Public code that is loaded before the submission; cases may use its names."""
    samples: tuple[CaseSource, ...] = ()
    sample_points: int = Field(default=10, ge=0, le=100, strict=True)
    hidden: tuple[CaseGroup, ...] = ()
    generate: StrictStr | None = None
    generated: tuple[Generated, ...] = ()
    check: StrictStr | None = None
    data: StrictStr | None = None
    """predict: the code of `make(rng)`, which returns train, test and the hidden labels."""
    score: Score | None = None
    accepted: tuple[Prose, ...] = ()
    """Other right solutions, which must be accepted, too."""
    wrong: tuple[Wrong, ...] = Field(min_length=2)
    hints: Hints
    editorial: Prose = Field(max_length=6000)
    notes: StrictStr = ""
    """For moderators."""
    followups: tuple[FollowUp, ...] = Field(default=(), max_length=3)

    @field_validator("entry")
    @classmethod
    def _name(cls, value: str) -> str:
        if not _ENTRY.fullmatch(value):
            raise ValueError(f"{value!r} is not a Python name")
        return value

    @model_validator(mode="after")
    def _parts(self) -> CodeTask:
        blocks = {"starter": self.starter, "solution": self.solution, "fixtures": self.fixtures}
        for name, code in (*blocks.items(), *((f"wrong {i + 1}", w.code) for i, w in enumerate(self.wrong))):
            if len(code.encode()) > MAX_CODE:
                raise ValueError(f"{name}: more than {MAX_CODE // 1024} kB of code")
        if self.entry not in self.prompt + self.signature:
            raise ValueError(f"neither the statement nor the signature mentions {self.entry}")
        if self.generated and self.generate is None:
            raise ValueError("groups: there is no `generate` block to make their cases")
        if (self.compare.checker is Checker.PROPERTY) != (self.check is not None):
            raise ValueError("the checker property and a `check` block belong together")
        if self.kind is CodeKind.PREDICT:
            if self.data is None or self.score is None:
                raise ValueError("a predict task needs a `data` block and `score`")
        elif self.data is not None or self.score is not None:
            raise ValueError("only predict tasks have a `data` block and `score`")
        elif not self.samples:
            raise ValueError("give at least one sample")
        elif not (self.hidden or self.generated):
            raise ValueError("give hidden cases or groups of generated ones")
        names = ["samples", *(group.name for group in self.hidden), *(group.group for group in self.generated)]
        if len(set(names)) != len(names):
            raise ValueError("two groups have the same name")
        ids = [followup.id for followup in self.followups]
        if len(set(ids)) != len(ids):
            raise ValueError("two follow-ups have the same id")
        return self
