"""Plays a quiz, a behavioral and a coding round in the playground with headless Chromium and saves pictures of it.

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
        answer = question.answer(question.draw(0)) if label == "strong" else 1.0
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
        browser.close()


if __name__ == "__main__":
    main()
