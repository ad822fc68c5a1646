"""Each answer, stored item and event of random task lives equals that of a model."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from random import Random
from typing import Any
from unicodedata import normalize

import pytest
from hypothesis import seed
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from adapters.indexes import BY_DUE, BY_STATUS, BY_USER, INDEXES
from tests.trust.callers import CALLERS, OPERATORS, USERS, Answer, call
from tests.trust.cloud import a_cloud
from tests.trust.model import FOLLOWS, MOVES, Model, ModelTask, Position, Refused, Statuses
from tests.trust.scale import SEED, bounds, figures, scaled

callers = st.sampled_from(CALLERS)
owners = st.sampled_from(USERS)
statuses = st.none() | st.lists(st.sampled_from([*FOLLOWS])).map(tuple)
versions = st.sampled_from([None, None, 0, 1, 2, 3])
titles = st.sampled_from(
    [
        *("Buy milk", " Buy milk ", "x" * 200, "x" * 201, " ", "bell\a!", "half \ud800", "\u200b \u2800"),
        *(normalize(form, "Lait d'été 🥛") for form in ("NFC", "NFD")),
    ]
)
descriptions = st.sampled_from([None, "", "Two\nlitres"])
days = st.sampled_from([None, None, "2027-01-31", "2028-02-29", "2029-12-24"])
texts = st.sampled_from(["MILK", "ete", "D'ÉTÉ 🥛", "litres", "xx"])
client_tokens = st.sampled_from([None, None, "t-1", "t-2", "a b"])
unknown_ids = st.sampled_from(["task-unknown", "TASK#1"])

Page = tuple[str, Statuses, str, Position]
"""A list (its user and statuses), the token that it issued, and the position of the token."""


class Lives(RuleBasedStateMachine):
    """Each rule calls the API and the model and compares their answers. Each step compares the whole table."""

    tasks: Bundle[str] = Bundle("tasks")
    pages: Bundle[Page] = Bundle("pages")
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.cloud = self.open.enter_context(a_cloud())
        self.model = Model()
        self.with_token: dict[str, tuple[str | None, str, str | None, str | None, str]] = {}

    def teardown(self) -> None:
        self.open.close()

    @rule(
        target=tasks,
        caller=callers,
        owner=st.none() | owners,
        title=titles,
        description=descriptions,
        due=days,
        token=client_tokens,
    )
    def create(
        self,
        caller: Any,
        owner: str | None,
        title: str,
        description: str | None,
        due: str | None,
        token: str | None,
    ) -> Any:
        input_ = {"userId": owner, "title": title, "description": description, "clientToken": token} | due_input(due)
        answer = call("Mutation.createTask", {"input": input_}, caller)
        compared(
            answer,
            lambda: self.model.create(
                caller,
                owner,
                (title, description, due),
                token,
                lambda: (data(answer)["createdAt"], data(answer)["id"], data(answer)["rank"]),
            ),
        )
        if "data" not in answer:
            return multiple()
        if token:
            self.with_token[answer["data"]["id"]] = owner or caller.user, title, description, due, token
        return answer["data"]["id"]

    @rule(caller=st.sampled_from(OPERATORS), id_=tasks, title=st.none() | titles)
    def create_again_with_the_same_token(self, caller: Any, id_: str, title: str | None) -> None:
        if id_ in self.with_token:
            owner, first_title, description, due, token = self.with_token[id_]
            self.create(caller, owner, title or first_title, description, due, token)

    @rule(
        caller=callers,
        id_=tasks | unknown_ids,
        title=st.none() | titles,
        description=descriptions,
        due=days,
        clears=st.sampled_from([False, False, True]),
        expected=versions,
    )
    def update(
        self,
        caller: Any,
        id_: str,
        title: str | None,
        description: str | None,
        due: str | None,
        clears: bool,
        expected: int | None,
    ) -> None:
        input_ = {"id": id_, "title": title, "description": description, "expectedVersion": expected}
        input_ |= due_input(due) | ({"clear": ["DUE"]} if clears else {})
        answer = call("Mutation.updateTask", {"input": input_}, caller)
        compared(answer, lambda: self.model.update(caller, id_, (title, description, due), clears, expected))

    @rule(
        caller=callers,
        id_=tasks | unknown_ids,
        after=st.none() | tasks,
        before=st.none() | tasks,
        expected=versions,
    )
    def place(self, caller: Any, id_: str, after: str | None, before: str | None, expected: int | None) -> None:
        input_ = {"id": id_, "after": after, "before": before, "expectedVersion": expected}
        answer = call("Mutation.moveTask", {"input": input_}, caller)
        compared(answer, lambda: self.model.place(caller, id_, (after, before), expected, lambda: data(answer)["rank"]))

    @rule(caller=callers, mutation=st.sampled_from([*MOVES, "deleteTask"]), id_=tasks | unknown_ids, expected=versions)
    def move(self, caller: Any, mutation: str, id_: str, expected: int | None) -> None:
        answer = call(f"Mutation.{mutation}", {"id": id_, "expectedVersion": expected}, caller)
        compared(answer, lambda: self.model.move(caller, mutation, id_, expected))

    @rule(caller=st.sampled_from(OPERATORS), mutation=st.sampled_from([*MOVES]), id_=tasks)
    def move_by_one_who_may(self, caller: Any, mutation: str, id_: str) -> None:
        self.move(caller, mutation, id_, None)

    @rule(caller=callers, id_=tasks | unknown_ids)
    def read(self, caller: Any, id_: str) -> None:
        compared(call("Query.task", {"id": id_}, caller), lambda: self.model.find(caller, id_))

    @rule(caller=st.sampled_from(OPERATORS), id_=tasks, places=st.tuples(st.integers(0, 4), st.integers(0, 4)))
    def place_among_others_of_the_owner(self, caller: Any, id_: str, places: tuple[int, int]) -> None:
        owner = self.model.tasks[id_].owner
        others = [task for task in self.model.tasks.values() if task.owner == owner and task.id != id_]
        ranked: list[str | None] = [None, *(task.id for task in sorted(others, key=lambda task: task.place))]
        after, before = sorted(place % len(ranked) for place in places)
        self.place(caller, id_, ranked[after], ranked[before], None)

    @rule(caller=st.sampled_from(OPERATORS) | callers, id_=tasks, first=days, last=days)
    def list_by_due_date(self, caller: Any, id_: str, first: str | None, last: str | None) -> None:
        if first and last and last < first:
            first, last = last, first
        owner = self.model.tasks[id_].owner
        filter_ = {"due": {"from": first, "to": last}} if first or last else None
        arguments = {"userId": owner, "orderBy": "DUE_FIRST", "filter": filter_, "limit": 100}
        self.whole(arguments, caller, lambda: self.model.due_first(caller, owner, (first, last)))

    @rule(caller=st.sampled_from(OPERATORS) | callers, id_=tasks, text=texts)
    def search(self, caller: Any, id_: str, text: str) -> None:
        owner = self.model.tasks[id_].owner
        arguments = {"userId": owner, "filter": {"text": text}, "limit": 100}
        self.whole(arguments, caller, lambda: self.model.with_text(caller, owner, text))

    def whole(self, arguments: dict[str, Any], caller: Any, expect: Callable[[], Sequence[ModelTask]]) -> None:
        answer = call("Query.tasksByUser", arguments, caller)
        try:
            expected = expect()
        except Refused as refused:
            assert_refused(answer, refused)
            return
        assert data(answer)["nextToken"] is None
        assert [task["id"] for task in data(answer)["items"]] == [task.id for task in expected]

    @rule(target=pages, caller=callers, owner=st.none() | owners, wanted=statuses, limit=st.integers(1, 3))
    def list_tasks(self, caller: Any, owner: str | None, wanted: Statuses, limit: int) -> Any:
        return self.page(caller, owner, wanted, limit, None)

    @rule(target=pages, caller=st.sampled_from(OPERATORS), page=pages, limit=st.integers(1, 3))
    def go_on_whatever_happened_meanwhile(self, caller: Any, page: Page, limit: int) -> Any:
        owner, wanted, _, _ = page
        return self.page(caller, owner, wanted, limit, page)

    @rule(target=pages, caller=callers, owner=st.none() | owners, wanted=statuses, page=pages)
    def go_on_in_any_list(self, caller: Any, owner: str | None, wanted: Statuses, page: Page) -> Any:
        return self.page(caller, owner, wanted, 1, page)

    def page(self, caller: Any, owner: str | None, wanted: Statuses, limit: int, before: Page | None) -> Any:
        token, after = before[2:] if before else (None, None)
        # Either argument can request a single status.
        status_arguments = {"status": wanted[0]} if wanted and len(wanted) == limit == 1 else {"statuses": wanted}
        arguments = {"userId": owner, **status_arguments, "limit": limit, "nextToken": token}
        answer = call("Query.tasksByUser", arguments, caller)
        try:
            expected = self.model.list(caller, owner, wanted, before and before[:2], after)
        except Refused as refused:
            assert_refused(answer, refused)
            return multiple()
        response = data(answer)
        assert [task["id"] for task in response["items"]] == [task.id for task in expected[:limit]]
        assert (response["nextToken"] is None) == (len(expected) <= limit)
        if response["nextToken"] is None:
            return multiple()
        return owner or caller.user, wanted, response["nextToken"], expected[limit - 1].position

    @invariant()
    def the_table_holds_what_the_model_holds_and_the_events_of_the_last_change(self) -> None:
        type(self).steps += 1
        stored = self.cloud.tasks()
        assert stored.keys() == self.model.tasks.keys()
        for id_, task in self.model.tasks.items():
            item = stored[id_]
            text = (item.get("Title"), item.get("Description"))
            assert (item["UserId"], *text) == (
                task.owner,
                *((None, None) if task.deleted else (task.title, task.description)),
            )
            assert (item["Status"], item["Version"], item.get("Deleted", False)) == (
                task.status,
                task.version,
                task.deleted,
            )
            assert item["Outbox"] == task.outbox
            indexes = {index.name for index in INDEXES if set(index.attributes) <= item.keys()}
            of_lists = set() if task.deleted else {BY_USER.name, BY_STATUS.name}
            assert indexes == of_lists | ({BY_DUE.name} if task.is_open and task.due else set())
            assert ("CompletedAt" in item) == (task.status == "COMPLETED")
            assert item["WasCreatedAt" if task.deleted else "CreatedAt"] == task.created_at <= item["UpdatedAt"]


def compared(answer: Answer, expect: Callable[[], ModelTask]) -> None:
    try:
        task = expect()
    except Refused as refused:
        assert_refused(answer, refused)
        return
    response = data(answer)
    assert response["createdAt"] == task.created_at <= response["updatedAt"]
    assert (response["completedAt"] is not None) == (task.status == "COMPLETED")
    assert (response["due"] or {}).get("date") == task.due
    assert [response[name] for name in ("id", "userId", "title", "description", "status", "version", "rank")] == [
        task.id,
        task.owner,
        task.title,
        task.description,
        task.status,
        task.version,
        task.rank,
    ]


def due_input(day: str | None) -> dict[str, Any]:
    return {"due": {"date": day}} if day else {}


def assert_refused(answer: Answer, refused: Refused) -> None:
    assert "error" in answer, f"expected {refused.error_type}, got {answer}"
    assert answer["error"]["type"] == refused.error_type, answer
    info = answer["error"]["info"] or {}
    # Of several broken fields the model names one.
    places = [info, *info.get("errors", [])]
    assert any(all(place.get(key) == value for key, value in refused.info.items()) for place in places), answer


def data(answer: Answer) -> Any:
    assert "error" not in answer, answer
    return answer["data"]


@pytest.mark.cases(scaled(20, 400))
def test_the_api_does_what_the_model_does_whatever_is_asked_of_it_by_whom() -> None:
    run_state_machine_as_test(seed(SEED)(Lives), settings=bounds(20, 400, steps=scaled(30, 60)))

    figures.append(f"model: {Lives.steps} steps compared with the model, whole table each time, differences 0")


@pytest.mark.cases(scaled(1, 10))
def test_moves_due_days_and_filters_do_what_the_model_does() -> None:
    """The tasks of two users, of which most of the steps above are refused."""
    by, moved = OPERATORS[1], 0
    for turn in range(scaled(1, 10)):
        lives, dice = Lives(), Random(SEED + turn)

        def day(dice: Random = dice) -> str | None:
            return dice.choice(["2027-01-31", "2028-02-29", "2029-12-24", None])

        try:
            for number in range(8):
                lives.create(by, USERS[number % 2], "Lait d'été 🥛", None, day(), None)
            task_ids = list(lives.model.tasks)
            for _ in range(60):
                id_ = dice.choice(task_ids)
                version = lives.model.tasks[id_].version
                kind = dice.randrange(5)
                if kind == 0:
                    lives.place_among_others_of_the_owner(by, id_, (dice.randrange(5), dice.randrange(5)))
                    moved += lives.model.tasks[id_].version > version
                elif kind == 1:
                    lives.update(by, id_, None, dice.choice([None, "Two\nlitres"]), day(), dice.random() < 0.2, None)
                elif kind == 2:
                    lives.move(by, dice.choice(["completeTask", "reopenTask", "startTask"]), id_, None)
                elif kind == 3:
                    lives.list_by_due_date(by, id_, day(), day())
                else:
                    lives.search(by, id_, dice.choice(["MILK", "ete", "D'ÉTÉ 🥛", "litres"]))
                lives.the_table_holds_what_the_model_holds_and_the_events_of_the_last_change()
        finally:
            lives.teardown()
    assert moved > 3
