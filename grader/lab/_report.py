"""What the lab says about a question: findings in plain words, and what every trial answer got."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from questions.model import Level


class Severity(StrEnum):
    ERROR = "error"
    """The question must not be published like this."""
    WARNING = "warning"
    """Probably a mistake; a person decides."""
    NOTE = "note"


@dataclass(frozen=True)
class LabFinding:
    """One thing that a trial showed."""

    severity: Severity
    place: str
    """Where in the question: `key point 2 (weights-zero)`, `hint 1`, `prompt`."""
    message: str
    advice: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        return f"{self.severity}: {self.place}: {self.message}" + (f" → {self.advice}" if self.advice else "")


@dataclass(frozen=True)
class Trial:
    """An answer that was tried, and what it got."""

    label: str
    score: float
    """0–1, at mid level."""
    bands: dict[Level, int]
    points: tuple[str, ...] = ()
    """The key points, or the parts of a story, that were found."""

    def __str__(self) -> str:
        bands = ", ".join(f"{level.value} {band}" for level, band in self.bands.items())
        found = f"; found {', '.join(self.points)}" if self.points else ""
        return f"{self.label}: {self.score:.2f}" + (f" (bands: {bands})" if bands else "") + found


@dataclass(frozen=True)
class Neighbor:
    """The question of the bank that is most like the new one."""

    id: str
    matter: float
    """0–1, how far they use the same telling words (cosine of TF-IDF vectors of prompt and claims)."""
    prompt: float
    """0–100, how far the prompts have the same words, whatever their order."""


@dataclass(frozen=True)
class LabReport:
    """The result of trying a question out. A report of the same question and bank is always the same."""

    question: str
    version: int
    findings: tuple[LabFinding, ...]
    """The gravest first."""
    trials: tuple[Trial, ...] = ()
    nearest: Neighbor | None = None
    """None in an empty bank."""
    code_ran: bool = False
    """Whether the programs of a code task were run."""

    @property
    def errors(self) -> tuple[LabFinding, ...]:
        return self._of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[LabFinding, ...]:
        return self._of(Severity.WARNING)

    @property
    def notes(self) -> tuple[LabFinding, ...]:
        return self._of(Severity.NOTE)

    @property
    def publishable(self) -> bool:
        """Whether nothing speaks against publishing it but a person's judgment."""
        return not self.errors

    def _of(self, severity: Severity) -> tuple[LabFinding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)

    def as_text(self) -> str:
        """The report in plain lines."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        counts = [_counted(len(self._of(severity)), severity) for severity in Severity if self._of(severity)]
        yield f"{self.question}, version {self.version}: {', '.join(counts) or 'nothing to mend'}"
        for finding in self.findings:
            yield f"{finding.severity.value.upper()} {finding.place}: {finding.message}"
            if finding.advice:
                yield f"  → {finding.advice}"
        if self.trials:
            yield "What the trial answers got:"
            yield from (f"  {trial}" for trial in self.trials)
        if self.nearest is not None:
            likeness = f"matter {self.nearest.matter:.2f} of 1, prompt {self.nearest.prompt:.0f} of 100"
            yield f"Nearest in the bank: {self.nearest.id} ({likeness})"


def _counted(count: int, severity: Severity) -> str:
    return f"{count} {severity.value}" + ("" if count == 1 else "s")


_ADAPTER = TypeAdapter(LabReport)


def encode(report: LabReport) -> str:
    """A report as JSON."""
    return _ADAPTER.dump_json(report, exclude_defaults=True).decode()


def decode(text: str) -> LabReport:
    """The report of a JSON text written by `encode`."""
    return _ADAPTER.validate_json(text)


Found = Iterator[LabFinding]


LINE = 250
"""Characters that a finding has at most, so that no card cuts off what to do about it."""
LEAST = 80
"""What is left of its message in any case."""


def fitting(severity: Severity, place: str, message: str, advice: str) -> LabFinding:
    """A finding whose message is shortened where it is too long to stand before its advice."""
    room = max(LEAST, LINE - len(place) - len(advice) - len(":  "))
    if len(message) > room:
        begun = message[: room - 2].rstrip()
        message = f"{begun}…{'”' if begun.count('“') > begun.count('”') else ''}"
    return LabFinding(severity, place, message, advice)


def error(place: str, message: str, advice: str = "") -> LabFinding:
    return fitting(Severity.ERROR, place, message, advice)


def warning(place: str, message: str, advice: str = "") -> LabFinding:
    return fitting(Severity.WARNING, place, message, advice)


def note(place: str, message: str, advice: str = "") -> LabFinding:
    return fitting(Severity.NOTE, place, message, advice)


def quoted(text: str, most: int = 120) -> str:
    """Words of a question on one line, shortened."""
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= most else flat[: most - 1] + '…'}”"
