"""Calls that can be awaited."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import ringfence
from ringfence import Call, Method, aio
from ringfence.testing import RecordingSender, World


def test_a_flow_is_awaited_step_by_step() -> None:
    async def main() -> None:
        with World() as w:
            rf = aio.Service(w.service)
            w.add("ann")
            flow = await rf.begin_change_phone("ann", Method.PHONE, w.call)
            await rf.pump()
            view = await flow.prove_identity(w.sender.last_code(w.phone) or "", w.call)
            assert view.accepted and flow.view == view
            await flow.set_target(w.new_phone, "", w.call)
            assert (await rf.dispatcher.pump()).accepted == 1
            done = await rf.flow(flow.handle).prove_target(w.sender.last_code(w.new_phone) or "", w.call)
            assert done.changed and done.changed.usable_for_login
            assert await rf.resolve_login_phone(w.new_phone) == "ann"
            with pytest.raises(ringfence.AccountNotFound):
                await rf.settings("bob")

    asyncio.run(main())


def test_what_is_awaited_is_a_service() -> None:
    with pytest.raises(TypeError, match=r"aio.Service\(ringfence.Service"):
        aio.Service("memory:")  # type: ignore[arg-type]


def test_the_options_of_a_service_hold_when_it_is_awaited() -> None:
    async def main() -> None:
        with World() as w:
            options = {"sms": {"per_second": 1}}
            async with aio.Service(
                ringfence.Service(w.service.store, w.keys, sender=w.sender, clock=w.clock, options=options)
            ) as rf:
                for account in ("ann", "bob"):
                    w.add(account, email="")
                    await rf.begin_change_phone(account, Method.PHONE, w.call)
                assert (await rf.dispatcher.pump()).held == 1

    asyncio.run(main())


def test_everything_that_waits_can_be_awaited() -> None:
    # What only reads or makes an object does not wait.
    for kind, same in ((ringfence.Service, {"flow", "policy", "store", "dispatcher", "realm"}),
                       (ringfence.Flow, {"view", "handle"}),
                       (ringfence.Dispatcher, {"health", "run"})):  # fmt: skip
        there: Any = getattr(aio, kind.__name__)
        for name in vars(kind):
            if name.startswith("_") or name in same:
                continue
            assert asyncio.iscoroutinefunction(getattr(there, name)), (kind, name)


def test_many_are_awaited_at_once_and_the_loop_goes_on() -> None:
    count = 6
    meeting = threading.Barrier(count, timeout=60)

    class Meeting(RecordingSender):
        def send(self, message: Any) -> Any:
            meeting.wait()
            return super().send(message)

    async def main() -> None:
        with World() as w, ThreadPoolExecutor(count) as executor:
            sender = Meeting()
            for number in range(count):
                w.add(f"user-{number}", f"+4477009{number:05}", "")
                w.service.begin_change_phone(f"user-{number}", Method.PHONE, w.call)
            with ringfence.Dispatcher(w.service.store, w.keys, sender, sender, clock=w.clock, batch=1) as waits:
                dispatcher = aio.Dispatcher(waits, executor)
                await asyncio.gather(*(dispatcher.pump() for _ in range(count)))
            assert len(sender.sent) == count

    asyncio.run(main())


def test_who_is_cancelled_is_woken_at_once_and_the_call_ends_by_itself() -> None:
    inside = threading.Event()
    go_on = threading.Event()

    class Slow(ringfence.RiskAdvisor):
        def ask(self, question: ringfence.RiskQuestion) -> ringfence.RiskAnswer:
            inside.set()
            assert go_on.wait(60)
            return ringfence.RiskAnswer.CLEAR

    async def main() -> None:
        with World(risk_advisor=Slow()) as w, ThreadPoolExecutor(2) as executor:
            rf = aio.Service(w.service, executor)
            w.add("ann")
            call = Call(session="s", source="x", request_id="r")
            task = asyncio.ensure_future(rf.begin_change_phone("ann", Method.PHONE, call))
            await asyncio.get_running_loop().run_in_executor(executor, inside.wait, 60)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            go_on.set()
            # The same request tells what came of it, once it has ended.
            executor.shutdown(wait=True)
            again = w.service.begin_change_phone("ann", Method.PHONE, call)
            assert again.view.repeated

    asyncio.run(main())


def test_what_is_plugged_in_sees_the_context_of_who_awaits() -> None:
    trace: contextvars.ContextVar[str] = contextvars.ContextVar("trace")
    seen: list[str] = []

    class Observing(ringfence.Observer):
        def observe(self, observation: ringfence.Observation) -> None:
            seen.append(trace.get("nobody"))

    async def main() -> None:
        with World(observer=Observing()) as w:
            async with aio.Service(w.service) as rf:
                trace.set("me")
                with pytest.raises(ringfence.AccountNotFound):
                    await rf.settings("ann")
            with pytest.raises(ringfence.InvalidArgument):
                w.service.settings("ann")

    asyncio.run(main())
    assert set(seen) == {"me"}
