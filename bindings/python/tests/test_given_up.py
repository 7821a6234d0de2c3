"""What was given up can be listed, and tried again."""

from __future__ import annotations

from typing import Optional

import pytest
from dict_store import DictStore

import ringfence
from ringfence import MessagePlace, Method, NotRetried, SendOutcome, SendResult
from ringfence.testing import World


def refuse(_: object) -> SendResult:
    return SendResult(SendOutcome.PERMANENT, 0, "no contract")


def told(w: World, key: str) -> None:
    w.service.notify("ann", "resource_expiry", "Tomorrow.", key)


@pytest.mark.parametrize("store", [None, DictStore()], ids=["in the library", "in Python"])
def test_what_was_given_up_is_listed_and_tried_again(store: Optional[ringfence.Store]) -> None:
    with World(store=store) if store else World() as w:
        dispatcher = w.service.dispatcher
        w.add("ann")
        w.sender.answer_with(refuse)
        assert dispatcher.given_up() == []
        told(w, "1")
        assert dispatcher.pump().given_up == 1
        (message,) = dispatcher.given_up()
        assert message["account"] == "ann" and message["state"] == "given_up"
        assert message["outcome"] == "no contract" and message["attempts"] == 1
        w.sender.answer_with(None)
        assert dispatcher.pump().taken == 0
        assert dispatcher.retry([message]) == []
        assert dispatcher.given_up() == []
        assert dispatcher.pump().accepted == 1
        (sent,) = w.sender.sent
        assert sent.id == message["id"] and sent.attempts == 2
        assert dispatcher.retry([message]) == [] and dispatcher.pump().taken == 0, "an old list changes nothing"
        assert dispatcher.retry([]) == []


def test_the_list_comes_in_pages(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    dispatcher = w.service.dispatcher
    w.sender.answer_with(refuse)
    for i in range(7):
        told(w, str(i))
        w.clock.advance(i % 2)
    assert dispatcher.pump_all().given_up == 7
    sizes, places, after = [], [], MessagePlace()
    while page := dispatcher.given_up(after, 3):
        sizes.append(len(page))
        places += [MessagePlace.of(one) for one in page]
        after = places[-1]
    assert sizes == [3, 3, 1] and places == sorted(set(places))
    assert w.service.store.given_up(MessagePlace(), 2, 0) == dispatcher.given_up(max=2)
    for wrong in (MessagePlace(0, "7"), MessagePlace(-1)):
        with pytest.raises(ringfence.InvalidArgument):
            dispatcher.given_up(wrong)
    with pytest.raises(ringfence.InvalidArgument):
        dispatcher.given_up(max=1001)


def test_what_cannot_be_tried_again_is_told_with_the_reason(ringfence_world: World) -> None:
    w = ringfence_world
    w.add("ann")
    dispatcher = w.service.dispatcher
    w.sender.answer_with(refuse)
    w.service.begin_change_phone("ann", Method.PHONE, w.call)
    assert dispatcher.pump().given_up == 1
    (message,) = dispatcher.given_up()
    w.clock.advance(10 * 60 * 1000)
    pending = {name: value for name, value in message.items() if name != "state"}
    assert dispatcher.retry(iter([message, pending])) == [
        NotRetried(message["id"], "too_late"),
        NotRetried(message["id"], "not_given_up"),
    ]
    assert dispatcher.pump().taken == 0
    w.service.store.sweep(w.clock.now_ms(), w.clock.now_ms(), 1000)
    told(w, "1")
    dispatcher.pump_all()
    (_, *rest) = listed = dispatcher.given_up()
    w.clock.advance(1)
    assert w.service.store.sweep(w.clock.now_ms(), w.clock.now_ms(), 1) == 1
    assert dispatcher.retry(listed) == [], "what was swept meanwhile is not told"
    assert dispatcher.pump().taken == len(rest)
    with pytest.raises(ringfence.InvalidArgument):
        dispatcher.retry([{"id": "7"}])
    for wrong in (message, message["id"], [message["id"]]):
        with pytest.raises(TypeError, match="as given_up has listed them"):
            dispatcher.retry(wrong)
    with pytest.raises(TypeError, match="MessagePlace.of"):
        dispatcher.given_up(message)  # type: ignore[arg-type]
