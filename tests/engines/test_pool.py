"""The pool, with fake engines that wait for the test and never for time."""

import asyncio
import threading

import pytest

from voicebot.engines.pool import PoolBusy, PoolClosed, PoolTimeout, WorkerPool

LONG = 30.0  # only reached when a test fails


class Gate:
    """An engine that says when it has begun and ends when told."""

    def __init__(self):
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, value=None):
        self.begun.set()
        assert self.go_on.wait(LONG)
        return value

    async def until_begun(self):
        assert await asyncio.to_thread(self.begun.wait, LONG)


@pytest.fixture
def pools():
    made = []

    def make(**kwargs):
        made.append(WorkerPool(**{"name": "test", "workers": 1, "max_waiting": 2, **kwargs}))
        return made[-1]

    yield make
    for pool in made:
        pool.close()
        assert not any(thread.is_alive() for thread in pool._threads)


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_result_comes_back_from_a_thread_of_the_pool(pools):
    pool = pools()
    assert await pool.run(lambda a, b: (a + b, threading.current_thread().name), 1, 2, timeout=LONG)
    assert await pool.run(lambda: threading.current_thread().name, timeout=LONG) == "test-0"
    assert (pool.waiting, pool.working, pool.oldest_wait) == (0, 0, 0.0)


@pytest.mark.parametrize("error", [ValueError("no"), TimeoutError("of the engine")])
async def test_an_engines_error_is_the_callers(pools, error):
    def fail():
        raise error

    with pytest.raises(type(error)) as raised:
        await pools().run(fail, timeout=LONG)
    assert raised.value is error


async def test_a_stray_stop_iteration_does_not_hang_the_caller(pools):
    pool = pools()
    with pytest.raises(RuntimeError, match="StopIteration"):
        await pool.run(lambda: next(iter([])), timeout=LONG)


async def test_a_full_queue_refuses(pools):
    now = 100.0
    pool = pools(clock=lambda: now)
    gate = Gate()
    first = asyncio.create_task(pool.run(gate, 1, timeout=LONG))
    await gate.until_begun()
    others = [asyncio.create_task(pool.run(int, timeout=LONG)) for _ in range(2)]
    await settle()
    now = 102.5
    assert (pool.waiting, pool.working, pool.oldest_wait) == (2, 1, 2.5)
    with pytest.raises(PoolBusy, match="2 jobs wait"):
        await pool.run(int, timeout=LONG)
    gate.go_on.set()
    assert await asyncio.gather(first, *others) == [1, 0, 0]


async def test_a_queue_of_none_still_takes_what_a_free_worker_can_do(pools):
    pool = pools(max_waiting=0)
    gate = Gate()
    running = asyncio.create_task(pool.run(gate, 7, timeout=LONG))
    await gate.until_begun()
    with pytest.raises(PoolBusy):
        await pool.run(int, timeout=LONG)
    gate.go_on.set()
    assert await running == 7


async def test_a_waiting_job_that_times_out_never_runs(pools):
    pool = pools()
    gate, ran = Gate(), []
    running = asyncio.create_task(pool.run(gate, timeout=LONG))
    await gate.until_begun()
    with pytest.raises(PoolTimeout, match="test: no answer within 0"):
        await pool.run(ran.append, 1, timeout=0.01)
    assert pool.waiting == 0
    gate.go_on.set()
    await running
    await pool.run(int, timeout=LONG)
    assert ran == []


async def test_a_cancelled_caller_leaves_the_queue(pools):
    pool = pools()
    gate = Gate()
    running = asyncio.create_task(pool.run(gate, timeout=LONG))
    await gate.until_begun()
    waiting = asyncio.create_task(pool.run(int, timeout=LONG))
    await settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert pool.waiting == 0
    gate.go_on.set()
    await running


async def test_a_stream_is_lazy_and_consumed_in_the_worker(pools):
    threads = []

    def numbers():
        for number in range(5):
            threads.append(threading.current_thread().name)
            yield number

    assert [n async for n in pools().stream(numbers, LONG)] == [0, 1, 2, 3, 4]
    assert set(threads) == {"test-0"}


async def test_a_stream_hands_over_while_it_is_made(pools):
    gate = Gate()

    def two():
        yield "first"
        yield gate("second")

    stream = pools().stream(two, LONG)
    assert await anext(stream) == "first"
    gate.go_on.set()
    assert await anext(stream) == "second"
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_streams_error_comes_after_its_items(pools):
    def broken():
        yield 1
        raise ValueError("no voice")

    stream = pools().stream(broken, LONG)
    assert await anext(stream) == 1
    with pytest.raises(ValueError, match="no voice"):
        await anext(stream)


async def test_the_worker_waits_for_a_slow_consumer(pools):
    made = []

    def endless():
        while True:
            made.append(len(made))
            yield made[-1]

    pool = pools()
    stream = pool.stream(endless, LONG, buffer=3)
    for expected in range(20):
        assert await anext(stream) == expected
        assert len(made) <= expected + 5  # those handed over, three ready, one in the hand
    await stream.aclose()
    assert await pool.run(lambda: "free", timeout=LONG) == "free"


async def test_a_closed_stream_closes_its_iterator_and_frees_the_worker(pools):
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    pool = pools()
    stream = pool.stream(endless, LONG, buffer=1)
    await anext(stream)
    await stream.aclose()
    await pool.run(int, timeout=LONG)
    assert closed.is_set()


async def test_a_stream_that_never_got_a_worker_is_withdrawn(pools):
    pool = pools()
    gate, made = Gate(), []
    running = asyncio.create_task(pool.run(gate, timeout=LONG))
    await gate.until_begun()
    with pytest.raises(PoolTimeout, match="nothing for 0"):
        await anext(pool.stream(lambda: iter(made), 0.01))
    assert pool.waiting == 0
    gate.go_on.set()
    await running


async def test_two_workers_work_at_once(pools):
    pool = pools(workers=2)
    gates = [Gate(), Gate()]
    tasks = [asyncio.create_task(pool.run(gate, i, timeout=LONG)) for i, gate in enumerate(gates)]
    for gate in gates:
        await gate.until_begun()
    for gate in gates:
        gate.go_on.set()
    assert await asyncio.gather(*tasks) == [0, 1]


async def test_closing_fails_what_waits_and_ends_what_runs(pools):
    pool = pools()
    gate = Gate()
    running = asyncio.create_task(pool.run(gate, "done", timeout=LONG))
    await gate.until_begun()
    waiting = asyncio.create_task(pool.run(int, timeout=LONG))
    await settle()
    closing = asyncio.create_task(asyncio.to_thread(pool.close))
    with pytest.raises(PoolClosed):
        await waiting
    gate.go_on.set()
    assert await running == "done"
    await closing
    with pytest.raises(PoolClosed):
        await pool.run(int, timeout=LONG)


def test_a_loop_that_is_gone_does_not_hurt_the_worker(pools):
    pool = pools()
    gate = Gate()

    async def leave():
        task = asyncio.create_task(pool.run(gate, timeout=LONG))
        await gate.until_begun()
        task.cancel()

    asyncio.run(leave())
    gate.go_on.set()
    assert asyncio.run(pool.run(int, timeout=LONG)) == 0


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"max_waiting": -1}])
def test_impossible_pools_are_refused(wrong):
    with pytest.raises(ValueError, match="make no pool"):
        WorkerPool(**{"name": "test", "workers": 1, "max_waiting": 1, **wrong})
