"""Was every accepted job done exactly once, or reported? Counted by what the receiver got."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from evaluation.durable.receiver import received
from gateway.content import Kind
from gateway.jobs.job import Job, Order, State, unpacked
from gateway.jobs.store import JobStore


@dataclass(slots=True)
class Verdict:
    """What was found. `wrong` has a line for each job that was lost, done twice, or not reported.

    `doubtful` are deliveries that broke off: reported as uncertain; `arrived` how many of these
    the receiver has.
    """

    accepted: int = 0
    done: int = 0
    delivered: int = 0
    failed: int = 0
    doubtful: int = 0
    arrived: int = 0
    taken_up: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Nothing is wrong, and there was something to look at."""
        return not self.wrong and self.accepted > 0

    def as_json(self) -> dict[str, object]:
        """Plain data."""
        return {**asdict(self), "passed": self.passed}


def judge(folder: Path, accepted: Sequence[str], texts: dict[str, str]) -> Verdict:
    """Look at all `accepted` jobs (and for others); `texts` are what was to be converted."""
    store = JobStore(folder / "gateway")
    deliveries = Counter(received(folder / "receipts"))
    reports = {json.loads(line)[0] for line in (folder / "reports").read_text().splitlines()}
    verdict = Verdict(accepted=len(accepted))
    for job_id in accepted:
        order, job = store.order(job_id), store.job(job_id)
        got = deliveries.pop(job_id, 0)
        verdict.taken_up += _interruptions(store, job_id)
        wrong = _judge_one(verdict, store, order, job, got, job_id in reports, texts[job_id])
        if wrong:
            verdict.wrong.append(f"{job_id}: {wrong}")
    verdict.wrong.extend(f"{key}: delivered, but never accepted" for key in deliveries)
    if len(set(accepted)) < len(accepted):
        verdict.wrong.append("two orders got the same job")
    return verdict


def _judge_one(
    verdict: Verdict,
    store: JobStore,
    order: Order,
    job: Job,
    got: int,
    reported: bool,
    text: str,
) -> str:
    """What is wrong with a job, or ''."""
    if not job.over:
        return f"lost: still {job.state}"
    if not reported:
        return "nobody was told"
    if got > 1:
        return f"delivered {got} times"
    match job.state:
        case State.DONE:
            verdict.done += 1
            verdict.delivered += got
            if got != int(order.deliver):
                return "done, but not delivered" if order.deliver else "delivered unasked"
            return _bad_result(store, order, job, text)
        case State.UNCERTAIN:
            verdict.doubtful += 1
            verdict.arrived += got
            return "" if order.deliver else "uncertain without a delivery"
        case _:
            verdict.failed += 1
            return f"{job.state}: {job.reason}"


def _bad_result(store: JobStore, order: Order, job: Job, text: str) -> str:
    if job.result is None:
        return "done without a result"
    result = unpacked(job.result, store.folder(order.id))
    if not result.path.is_file() or result.path.stat().st_size == 0:
        return "the result is gone"
    if order.target is Kind.SMS:
        return "" if text in json.dumps(json.loads(result.path.read_bytes())) else "another text"
    if order.target is Kind.EMAIL:
        return "" if text.encode() in result.path.read_bytes() else "another text"
    return ""


def _interruptions(store: JobStore, job_id: str) -> int:
    """How often the process died while it was at work on this job."""
    begun = [event.data["step"] for event in store.events(job_id) if event.what == "began"]
    return len(begun) - len(set(begun))
