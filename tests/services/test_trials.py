"""The lab tries by itself what was imported untried, and what another program has tried last."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.abilities.ledger import EVERYWHERE
from bot.services.banks import Banks
from bot.services.drafts import Kind
from bot.services.judging import NoJudge
from bot.services.lab import BankLab, Findings
from bot.services.question_versions import Publication, QuestionVersions
from bot.services.trials import CHECKED, Trials
from bot.store import audit, meta, notices, server_questions
from bot.store.audit import Action
from bot.store.engine import Store
from bot.store.server_questions import QuestionRow, State, own_id
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import MultipleChoice
from questions.writer import write
from tests.clock import START, ManualClock
from tests.services.caring import ANA, BEN, CAT, OTHER_SERVER, SERVER, named, template
from tests.services.scripted import ScriptedJudge

SHIPPED = "eval.classification-metrics.rare-positives"


class CountingLab:
    """The lab, with a list of what it was asked to try."""

    def __init__(self) -> None:
        self.real = BankLab(ScriptedJudge())
        self.tried: list[str] = []
        self.begun = asyncio.Semaphore(0)

    async def examine(self, question: AnyQuestion, bank: Bank, *, person: int, quick: bool = False) -> Findings:
        self.tried.append(question.id)
        self.begun.release()
        return await self.real.examine(question, bank, person=person, quick=quick)


class Process:
    """One process of a program."""

    def __init__(self, store: Store, bank: Bank, running: str = "new") -> None:
        clock = ManualClock()
        self.store = store
        self.lab = CountingLab()
        self.banks = Banks(store, bank)
        self.versions = QuestionVersions(clock, bank)
        self.trials = Trials(store, self.banks, clock, self.lab, self.versions, running)

    async def publish(self, question: AnyQuestion, server: int = SERVER, state: State = State.ACTIVE) -> None:
        """As an earlier program has, whatever this one's lab would say."""
        async with self.store.write() as connection:
            new = Publication(question, write(question), ANA, BEN, "")
            await self.versions.publish(connection, server, new, state=state)

    async def import_untried(self, question: AnyQuestion, server: int = SERVER, once: State = State.ACTIVE) -> None:
        """As a large import does."""
        await self.publish(question, server, State.QUARANTINED)
        async with self.store.write() as connection:
            row = await server_questions.find(connection, server, question.id)
            assert row is not None
            await server_questions.put(connection, replace(row, once_tried=once))

    async def row(self, question: AnyQuestion, server: int = SERVER) -> QuestionRow:
        async with self.store.read() as connection:
            row = await server_questions.find(connection, server, question.id)
        assert row is not None
        return row

    async def moderator(self, user: int, server: int = SERVER) -> None:
        async with self.store.write() as connection:
            await audit.add(connection, server, user, Action.BEGAN, "", "", START)

    async def states(self, server: int = SERVER) -> dict[str, State]:
        async with self.store.read() as connection:
            return {row.file_id: row.state for row in await server_questions.all_of(connection, server)}

    async def told(self, user: int) -> list[tuple[int | None, str]]:
        async with self.store.read() as connection:
            return [(one.server_id, one.text) for one in await notices.waiting(connection, user)]


@pytest.fixture
def process(store: Store, bank: Bank) -> Process:
    return Process(store, bank)


@pytest.fixture
def good() -> AnyQuestion:
    return template(Kind.MULTIPLE_CHOICE)


@pytest.fixture
def bad(good: AnyQuestion) -> AnyQuestion:
    """Its key is much longer than the other options."""
    assert isinstance(good, MultipleChoice)
    options = tuple(
        option.model_copy(update={"text": f"{option.text} {'and so on, with every detail told ' * 4}".strip()})
        if option.correct
        else option
        for option in good.options
    )
    return named(good.model_copy(update={"options": options, "prompt": "Which of these loses least?"}), "long-key")


async def test_what_fails_is_quarantined_and_the_moderators_of_its_server_are_told(
    process: Process, good: AnyQuestion, bad: AnyQuestion
) -> None:
    for user, server in ((BEN, SERVER), (CAT, OTHER_SERVER)):
        await process.moderator(user, server)
    await process.publish(good)
    await process.publish(bad)
    await process.trials.try_again()
    assert await process.states() == {good.id: State.ACTIVE, bad.id: State.QUARANTINED}
    [(server, text)] = await process.told(BEN)
    assert server == SERVER
    assert f"`{bad.id}` is quarantined: after an upgrade of the program" in text
    assert "longe" in text
    assert await process.told(CAT) == []
    assert own_id(bad.id, SERVER) not in (await process.banks.of(SERVER)).questions
    async with process.store.read() as connection:
        entries, _ = await audit.page(connection, SERVER, 0, 1)
    row = await process.row(bad)
    assert "after an upgrade" in (row.reason or "")
    assert (entries[0].user_id, entries[0].action, entries[0].subject) == (None, Action.QUARANTINED, bad.id)


async def test_the_same_program_tries_nothing_twice_and_another_one_all_again(
    process: Process, store: Store, bank: Bank, good: AnyQuestion
) -> None:
    await process.publish(good)
    await process.publish(good, OTHER_SERVER)
    await process.publish(named(good, "retired"), state=State.RETIRED)
    await process.trials.try_again()
    assert process.lab.tried == [good.id, good.id], "what is not asked is left alone"
    again = Process(store, bank)
    await again.trials.try_again()
    assert again.lab.tried == []
    newer = Process(store, bank, "newer")
    await newer.trials.try_again()
    assert len(newer.lab.tried) == 2


async def test_a_process_that_stops_leaves_the_rest_to_the_next_one(
    process: Process, store: Store, bank: Bank, good: AnyQuestion
) -> None:
    names = [f"q{number}" for number in range(4)]
    for name in names:
        await process.publish(named(good, name))
    wanted = [f"{good.topic}.{name}" for name in names]
    process.trials.start()
    for _ in range(2):
        await process.lab.begun.acquire()
    await process.trials.rest()
    assert process.lab.tried == wanted[:2]
    async with store.read() as connection:
        noted = await meta.get(connection, CHECKED)
    assert noted == f"new {own_id(wanted[0], SERVER)}", "the second trial was broken off"
    following = Process(store, bank)
    await following.trials.try_again()
    assert following.lab.tried == wanted[1:]


async def test_what_stands_beside_a_question_is_not_its_fault(process: Process, bank: Bank) -> None:
    shipped = bank.questions[SHIPPED]
    twin = named(shipped, "much-the-same")
    await process.publish(twin)
    findings = await process.lab.examine(twin, bank, person=ANA)
    assert any("nearly the same" in error for error in findings.errors)
    await process.trials.try_again()
    assert await process.states() == {twin.id: State.ACTIVE}


async def test_what_this_program_cannot_read_is_quarantined(process: Process, store: Store, good: AnyQuestion) -> None:
    await process.moderator(BEN)
    async with store.write() as connection:
        text = write(good).replace("takeaway:", "forgotten:")
        new = Publication(good, text, ANA, BEN, "")
        await process.versions.publish(connection, SERVER, new, state=State.BETA)
    await process.trials.try_again()
    assert await process.states() == {good.id: State.QUARANTINED}
    [(_, told)] = await process.told(BEN)
    assert "cannot read it" in told


async def test_a_task_is_not_blamed_for_a_machine_that_runs_nothing(process: Process) -> None:
    task = template(Kind.CODE)
    await process.publish(task)
    process.lab.real = BankLab(NoJudge())
    await process.trials.try_again()
    assert await process.states() == {task.id: State.ACTIVE}


async def test_a_version_of_a_shipped_question_that_fails_is_asked_nowhere_until_a_release_mends_it(
    store: Store, bank: Bank, process: Process
) -> None:
    shipped = bank.questions[SHIPPED]
    changed = shipped.model_copy(update={"version": shipped.version + 1})
    await process.publish(changed, EVERYWHERE)
    await process.moderator(CAT, EVERYWHERE)
    async with store.write() as connection:
        assert await process.versions.quarantine(connection, EVERYWHERE, SHIPPED, reason="it is odd")
        assert not await process.versions.quarantine(connection, EVERYWHERE, SHIPPED, reason="it is odd")
    for place in (None, SERVER):
        assert SHIPPED not in (await process.banks.of(place)).questions
    [(server, text)] = await process.told(CAT)
    assert (server, "shipped question" in text) == (EVERYWHERE, True)
    mended = shipped.model_copy(update={"version": shipped.version + 2})
    others = [item for name, item in bank.loaded.items() if name != SHIPPED]
    release = Bank([*others, type(others[0])(mended, "mended.yaml", 1)])
    assert (await Banks(store, release).of(SERVER)).questions[SHIPPED] == mended


# Imports


async def test_what_was_imported_untried_is_asked_once_the_lab_finds_nothing_wrong(
    process: Process, good: AnyQuestion, bad: AnyQuestion
) -> None:
    for user, server in ((BEN, SERVER), (CAT, OTHER_SERVER)):
        await process.moderator(user, server)
    beta = named(template(Kind.NUMERIC), "later")
    await process.import_untried(good)
    await process.import_untried(bad)
    await process.import_untried(beta, once=State.BETA)
    assert own_id(good.id, SERVER) not in (await process.banks.of(SERVER)).questions
    await process.trials.try_imported()
    assert await process.states() == {
        good.id: State.ACTIVE,
        bad.id: State.QUARANTINED,
        beta.id: State.BETA,
    }
    assert own_id(good.id, SERVER) in (await process.banks.of(SERVER)).questions
    [(server, text)] = await process.told(BEN)
    assert (server, f"`{bad.id}`" in text, good.id in text) == (SERVER, True, False)
    assert await process.told(CAT) == []
    assert "longe" in ((await process.row(bad)).reason or "")
    tried = len(process.lab.tried)
    await process.trials.try_imported()
    assert len(process.lab.tried) == tried == 3


async def test_moderators_are_told_that_nothing_is_wrong(process: Process, good: AnyQuestion) -> None:
    await process.moderator(BEN)
    await process.import_untried(good)
    await process.trials.try_imported()
    [(_, text)] = await process.told(BEN)
    assert "nothing wrong" in text


async def test_imports_that_a_stopped_process_did_not_try_are_tried_by_the_next_one(
    process: Process, store: Store, bank: Bank
) -> None:
    kinds = (Kind.MULTIPLE_CHOICE, Kind.NUMERIC, Kind.FREE_TEXT, Kind.BEHAVIORAL)
    waiting = sorted((template(kind) for kind in kinds), key=lambda question: question.id)
    for question in waiting:
        await process.import_untried(question)
    process.trials.arrived()
    for _ in range(2):
        await process.lab.begun.acquire()
    await process.trials.rest()
    assert list((await process.states()).values()).count(State.ACTIVE) == 1
    following = Process(store, bank)
    await following.trials.try_imported()
    assert set((await process.states()).values()) == {State.ACTIVE}
    assert following.lab.tried == [question.id for question in waiting[1:]]


async def test_what_was_retired_while_the_lab_tried_it_stays_retired(process: Process, good: AnyQuestion) -> None:
    await process.import_untried(good)

    class Retiring(CountingLab):
        async def examine(self, question: AnyQuestion, bank: Bank, *, person: int, quick: bool = False) -> Findings:
            row = await process.row(good)
            async with process.store.write() as connection:
                await server_questions.put(connection, replace(row, state=State.RETIRED, once_tried=None))
            return await super().examine(question, bank, person=person, quick=quick)

    trials = Trials(process.store, process.banks, ManualClock(), Retiring(), process.versions, "new")
    await trials.try_imported()
    assert await process.states() == {good.id: State.RETIRED}


async def test_a_new_version_of_what_waits_for_the_lab_waits_as_well(process: Process, good: AnyQuestion) -> None:
    await process.import_untried(good, once=State.BETA)
    async with process.store.write() as connection:
        await process.versions.new_version(connection, SERVER, good, by=BEN, reason="an appeal")
    row = await process.row(good)
    assert (row.version, row.state, row.once_tried) == (good.version + 1, State.QUARANTINED, State.BETA)
    await process.trials.try_imported()
    assert await process.states() == {good.id: State.BETA}
