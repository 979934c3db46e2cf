"""Plays rounds, and a moderator's day, in the playground with headless Chromium and saves pictures of it.

`make shots` runs it. It needs a Chromium (`/usr/bin/chromium`, or the path in CHROMIUM); the answers that it types are
calibration answers of the bank, looked up by the question that the page shows.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from questions.bank import Bank
from questions.code_task import CodeTask
from questions.expression import Expression
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, MultipleChoice, Numeric

FOLDER = Path(__file__).parent / "shots"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def playground(data: str) -> Generator[str]:
    """A playground with its data in `data`; gives its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "local", "--port", "0"],
        env={**os.environ, "MOCKLOOP_DATA": data, "DISCORD_TOKEN": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"http://\S+", line):
                yield found[0]
                return
        raise SystemExit("the playground did not start")
    finally:
        process.terminate()
        process.wait(timeout=20)


class Browser:
    """One person at the page."""

    def __init__(self, page: Page, bank: Bank) -> None:
        self.page = page
        self.bank = bank

    def command(self, text: str, **options: str) -> None:
        """Types a slash command with its options, as a person does."""
        box = self.page.get_by_role("textbox").last
        box.click()
        self.page.keyboard.type(f"/{text}", delay=15)
        self.page.wait_for_timeout(600)
        self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(600)
        for index, (name, value) in enumerate(options.items()):
            if index:
                self.page.get_by_text(re.compile(r"^\+\d+ (more|options?)$")).last.click()
                self.page.wait_for_timeout(400)
            self.page.get_by_text(name, exact=True).last.click()
            self.page.wait_for_timeout(400)
            self.page.keyboard.type(value, delay=15)
            self.page.wait_for_timeout(900)
            self.page.keyboard.press("Enter")
            self.page.wait_for_timeout(400)
        self.page.get_by_role("button", name=re.compile("^(send|run)", re.IGNORECASE)).last.click()
        self.page.wait_for_timeout(1500)

    def button(self, label: str) -> Locator:
        """The newest button whose label begins like this."""
        return self.page.get_by_role("button", name=re.compile(rf"^{re.escape(label)}")).last

    def press(self, label: str) -> None:
        self.button(label).click()
        self.page.wait_for_timeout(1500)

    def shows(self, label: str) -> bool:
        return self.page.get_by_role("button", name=re.compile(rf"^{re.escape(label)}")).count() > 0

    def question(self) -> AnyQuestion:
        """The question on the page, found by its prompt."""
        text = " ".join(self.page.inner_text("body").split())
        shown = [
            (text.rfind(start), question)
            for question in self.bank.questions.values()
            if (start := " ".join(re.sub(r"[*`]", "", question.prompt).split())[:45]) in text
        ]
        return max(shown, key=lambda found: found[0])[1]

    def answer(self, text: str, picture: str | None = None) -> None:
        """Writes an answer in the form."""
        self.press("Answer")
        dialog = self.page.get_by_role("dialog").last
        dialog.get_by_role("textbox").last.fill(text)
        if picture:
            self.shot(picture)
        dialog.get_by_role("button", name="Submit").click()
        self.page.wait_for_timeout(2000)

    def scroll_to(self, text: str) -> None:
        """Scrolls up, as with a wheel, until the text is on the page."""
        self.page.mouse.move(400, 500)
        for _ in range(20):
            box = self.page.get_by_text(text).last.bounding_box()
            if box is not None and box["y"] > 100:
                return
            self.page.mouse.wheel(0, -300)
            self.page.wait_for_timeout(250)

    def shot(self, name: str) -> None:
        self.page.wait_for_timeout(400)
        self.page.screenshot(path=FOLDER / f"{name}.png")
        sys.stdout.write(f"{name}.png\n")


def calibration(question: AnyQuestion, label: str) -> str:
    """The text of the calibration answer with that label (the second one where there is none)."""
    if isinstance(question, FreeText):
        found = next((a for a in question.calibration_answers if a.label == label), question.calibration_answers[1])
        return question.calibration_text(found)
    assert isinstance(question, Behavioral)
    story = next((a for a in question.calibration_answers if a.label == label), question.calibration_answers[1])
    return question.calibration_text(story)


def play_quiz(me: Browser) -> None:
    me.command("quiz start", topic="regularization", format="free")
    me.shot("quiz-question")
    question = me.question()
    me.press("Hint 1")
    me.answer(calibration(question, "partial"), "quiz-form")
    me.shot("quiz-follow-up")
    while me.shows("Skip follow-up"):
        me.press("Skip follow-up")
    me.shot("quiz-feedback")
    while me.shows("Next question"):
        me.press("Next question")
        me.answer(calibration(me.question(), "strong"))
        while me.shows("Skip follow-up"):
            me.press("Skip follow-up")
    me.shot("quiz-summary")


def play_story(me: Browser) -> None:
    me.command("behavioral start", competency="conflict")
    question = me.question()
    me.shot("story-question")
    label = (
        next(a.label for a in question.calibration_answers if "result" in a.label)
        if isinstance(question, Behavioral)
        else ""
    )
    me.answer(calibration(question, label))
    me.shot("story-follow-up")
    for text in (
        "In the end we shipped it two weeks later and complaints fell from 12 to 3 a week.",
        "I now ask for the error budget before the first model is trained, and I have done so on two projects since.",
        "I measured it on the support tickets of the month before and after.",
    ):
        if me.shows("Skip follow-up"):
            me.answer(text)
    me.shot("story-summary")
    me.scroll_to("Interviewer's sheet")
    me.shot("story-sheet")


def submit(me: Browser, button: str, code: str) -> None:
    """Sends a program in the form behind a button, and waits for what becomes of it."""
    me.press(button)
    dialog = me.page.get_by_role("dialog").last
    dialog.get_by_role("textbox").last.fill(code)
    dialog.get_by_role("button", name="Submit").click()
    me.page.wait_for_timeout(8000)


def play_code(me: Browser) -> None:
    me.command("code start", topic="fraud")
    me.button("Submit code").wait_for(timeout=90_000)  # the first time its cases are built
    task = me.question()
    assert isinstance(task, CodeTask)
    me.shot("code-task")
    submit(me, "Submit code", task.wrong[0].code)
    me.shot("code-verdict")
    submit(me, "Submit again", task.solution)
    me.shot("code-accepted")
    me.answer(task.followups[0].model)
    while me.shows("Skip follow-up"):
        me.press("Skip follow-up")
    me.scroll_to("Feedback 1 of 1")
    me.shot("code-feedback")


def play_group(host: Browser, others: Sequence[Browser]) -> None:
    """A round of three questions with everybody, from the lobby to the final board."""
    host.command("mock host", topic="regularization", questions="3")
    for other in others:
        other.page.wait_for_timeout(1000)
        other.press("Join")
    host.page.wait_for_timeout(3000)
    host.shot("group-lobby")
    host.press("Start")
    for number in (1, 2, 3):
        host.page.wait_for_timeout(2500)
        question = host.question()
        for person, label in zip([*others, host], ("partial", "wrong", "strong"), strict=False):
            person.page.wait_for_timeout(1000)
            if number == 1 and person is host:
                host.page.wait_for_timeout(2500)
                host.shot("group-question")
            give(person, question, label)
        host.page.wait_for_timeout(4000)
        if number == 1:
            host.shot("group-reveal")
            others[0].press("My feedback")
            others[0].shot("group-feedback")
        if host.shows("Host: next question"):
            host.press("Host: next question")
    host.page.wait_for_timeout(6000)
    host.shot("group-final")


def give(person: Browser, question: AnyQuestion, label: str) -> None:
    """Answers a group's question in private; the better the label, the better the answer."""
    if isinstance(question, MultipleChoice):
        right = person.page.get_by_text(question.key.text).last
        text = right.inner_text() if label == "strong" else ""
        letter = next((letter for letter in "ABCDE" if f"{letter} · {question.key.text[:20]}" in text), "A")
        person.press(letter)
        return
    if isinstance(question, Numeric):
        answer = Expression(question.answer).value(question.draw(0)) if label == "strong" else 1.0
        give_text(person, f"{answer:g}")
        return
    give_text(person, calibration(question, label))


def give_text(person: Browser, text: str) -> None:
    person.press("Answer in private")
    dialog = person.page.get_by_role("dialog").last
    dialog.get_by_role("textbox").last.fill(text)
    dialog.get_by_role("button", name="Submit").click()
    person.page.wait_for_timeout(1500)
    if person.shows("Yes, quote me"):
        person.press("Yes, quote me")


TRUE, LIE = "yes, this is the answer", "no"
OPTIONS = (
    (
        "A few rows have errors far above the rest",
        "Squaring lets large errors dominate.",
    ),
    (
        "Most predictions are too high by 30 minutes",
        "Both figures ignore the sign of an error, so neither shows a bias.",
    ),
    ("One of the two must be a mistake in the code", "The squared one may be many times as large as the other."),
    ("The errors have the shape of a normal curve", "For normal errors around zero the ratio is about 1.25."),
)
"""Options of a question, the right one first, with the reasons."""
APPEALED = "data.sql.revenue-after-shipments"
ODD = (
    "Joining to the parcels lists the order again for every parcel, and its money is summed that many times. To show "
    "it I would pull up one order by hand and find it standing there twice."
)
"""An answer to it that makes a point in words that nobody foresaw."""
PADDED = (
    "A few rows, among the many thousands that were predicted well, have errors that lie very far above all the rest"
)
PROMPT = (
    "On the same 5,000 rows, a model of travel times has a mean absolute error of 10 minutes and a root mean squared "
    "error of 40 minutes. What do the two tell together?"
)
SUGGESTED = (
    "Ten models have the same log loss on one validation set. You keep the one with the best accuracy there. Why is "
    "that accuracy too good to be true?"
)
SUGGESTED_OPTIONS = (
    ("It was chosen for its luck on those very rows", "The best of ten noisy figures lies above its true value."),
    ("Accuracy is never lower than the log loss", "The two are on different scales."),
    ("A validation set must not have any labels", "Without labels there is no accuracy."),
)


def fill(me: Browser, **values: str) -> None:
    """Fills in the form that is open and sends it; of a list it picks the option that begins like the value."""
    dialog = me.page.get_by_role("dialog").last
    for name, value in values.items():
        field = dialog.locator(f'[data-custom-id="{name}"]').first
        if field.locator(".select-trigger").count():
            field.locator(".select-trigger").click()
            me.page.wait_for_timeout(300)
            me.page.get_by_role("option", name=re.compile(rf"^{re.escape(value)}")).last.click()
        else:
            field.locator("textarea, input").first.fill(value)
        me.page.wait_for_timeout(150)
    dialog.get_by_role("button", name="Submit").click()
    me.page.wait_for_timeout(2000)


def choose(me: Browser, placeholder: str, label: str) -> None:
    """Picks from the newest list with this placeholder the option that begins like the label."""
    me.page.get_by_role("combobox").filter(has_text=placeholder).last.click()
    me.page.wait_for_timeout(400)
    me.page.get_by_role("option", name=re.compile(rf"^{re.escape(label)}")).first.click()
    me.page.wait_for_timeout(2000)


def approve(me: Browser) -> None:
    me.page.get_by_role("button", name="Approve", exact=True).last.click()
    me.page.wait_for_timeout(4000)


def write_choice(me: Browser, options: Sequence[tuple[str, str]], *, first: str = "") -> None:
    """All parts of a multiple-choice draft; `first` in place of the right option's words."""
    for number, (text, why) in enumerate(options):
        me.press("Add option")
        shown = first if first and not number else text
        fill(me, text=shown, right=LIE if number else TRUE, why=why, **({"tag": f"slip-{number}"} if number else {}))
    me.press("Hints")
    fill(
        me,
        hint1="Think of what would make the figures equal.",
        hint2="Ask which of the numbers a single odd row moves most.",
        hint3="Try it with a hundred rows, of which one is far off.",
    )
    me.press("What to remember")
    fill(me, takeaway="A figure means little without how it came about: look at the rows behind it.")
    me.press("Sources")
    fill(me, references="An Introduction to Statistical Learning | James et al. | 2021")


def play_questions(me: Browser, other: Browser) -> None:
    """A moderator adds a question, reviews a suggestion, decides an appeal and reads statistics."""
    me.command("question add", kind="multiple", topic="Regression metrics")
    fill(me, prompt=PROMPT, difficulty="2")
    me.shot("question-draft")
    write_choice(me, OPTIONS, first=PADDED)
    me.press("Hand in for review")
    me.page.wait_for_timeout(3000)
    me.shot("question-lab")
    choose(me, "Change a part", "Option")
    fill(me, text=OPTIONS[0][0])
    me.press("Hand in for review")
    me.page.wait_for_timeout(3000)
    me.shot("question-ready")
    approve(me)

    other.command("question suggest", kind="multiple", topic="Cross-validation")
    fill(other, prompt=SUGGESTED, difficulty="3")
    write_choice(other, SUGGESTED_OPTIONS)
    other.press("Hand in for review")
    other.page.wait_for_timeout(3000)
    if other.shows("Hand in for review"):  # the lab has doubts, and says so once
        other.press("Hand in for review")
        other.page.wait_for_timeout(3000)
    me.command("question review")
    choose(me, "Open a question", "2")
    me.shot("question-review")
    approve(me)

    me.command("question edit", id=APPEALED)
    me.press("Hand in for review")
    me.page.wait_for_timeout(3000)
    if me.shows("Hand in for review"):  # the lab may have doubts, and says so once
        me.press("Hand in for review")
        me.page.wait_for_timeout(3000)
    approve(me)
    other.command("quiz start", topic="SQL", format="free")
    other.answer(ODD)
    while other.shows("Skip follow-up"):
        other.press("Skip follow-up")
    other.press("This was right")
    choose(other, "The point that you made", "Prove it")
    fill(other, text="I wrote that I would pull up one order and find it there twice. That proves it.")
    me.command("question appeals")
    me.shot("appeal-case")
    me.press("Uphold")
    fill(me, text="pull up one order by hand and find it standing there twice")
    me.page.wait_for_timeout(2000)
    me.command("question stats", id=APPEALED)
    me.shot("question-stats")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    bank = Bank.open()
    with tempfile.TemporaryDirectory() as data, playground(data) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 900, "height": 1000})
        page.goto(url)
        page.wait_for_timeout(2000)
        me = Browser(page, bank)
        me.shot("start")
        pages = [browser.new_page(viewport={"width": 900, "height": 1000}) for _ in range(2)]
        for number, other in enumerate(pages, start=2):
            other.goto(f"{url}/channel/{number}")
        play_group(me, [Browser(other, bank) for other in pages])
        play_quiz(me)
        play_story(me)
        play_code(me)
        me.command("history")
        me.shot("history")
        me.command("help")
        me.shot("help")
        play_questions(me, Browser(pages[0], bank))
        browser.close()


if __name__ == "__main__":
    main()
