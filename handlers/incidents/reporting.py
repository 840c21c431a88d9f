"""What a rehearsal with incidents reports besides: what happened, and which steps were late."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from handlers.incidents.model import ACTION, IncidentKind
from playbooks.filling import HoleError, fill
from storage.schema import traffic
from storage.schema.runs import StepStatus, run_steps, runs
from storage.unit_of_work import Transaction

__all__ = ["practised"]

#: The events by which an incident starts a run, and how long after it they may still come.
_EVENTS: Mapping[IncidentKind, tuple[frozenset[str], timedelta]] = {
    IncidentKind.SELL_OUT: (frozenset({"LampLit"}), timedelta(0)),
    IncidentKind.WRONG_COUNT: (frozenset({"WentShort", "LampLit"}), timedelta(0)),
    IncidentKind.PAYMENT_OUTAGE: (frozenset({"PaymentTrouble"}), timedelta(0)),
    IncidentKind.QUESTION_SPIKE: (frozenset({"QuestionSpike"}), timedelta(minutes=10)),
    IncidentKind.PLATFORM_GAP: (frozenset({"PlatformLost"}), timedelta(0)),
}
_SETTLED = (StepStatus.DONE, StepStatus.SKIPPED)


async def practised(tx: Transaction, until: datetime | None) -> dict[str, Any]:
    """`incidents` and `steps` of the report, both as of `until`; nothing where no incident was.

    A step is late by the seconds from when it was due to when it was settled: else to when its run
    ended, or to `until`.
    """
    happened = await tx.all(
        select(traffic.audit)
        .where(traffic.audit.c.action == ACTION)
        .order_by(traffic.audit.c.at, traffic.audit.c.id)
    )
    if not happened:
        return {}
    rows = [dict(row._mapping) for row in await tx.all(select(runs).order_by(runs.c.id))]
    steps: dict[int, list[Any]] = {}
    chosen = select(run_steps).order_by(run_steps.c.run_id, run_steps.c.place)
    for row in await tx.all(chosen):
        steps.setdefault(row.run_id, []).append(row)
    return {
        "incidents": [_incident(row, rows) for row in happened],
        "steps": [_run(row, steps.get(row["id"], ()), until) for row in rows],
    }


def _incident(row: Any, started: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    given = row._mapping["values"]
    return {
        "number": given["number"],
        "kind": row.subject,
        "at": row.at.isoformat(),
        "code": given["code"] or None,
        "lines": given["lines"],
        "what": row.why,
        "runs": [run["id"] for run in started if _started_by(run, row, given["code"])],
    }


def _started_by(run: Mapping[str, Any], incident: Any, code: str) -> bool:
    """Whether the run was started by what the incident set off, and is about the same item."""
    events, longest = _EVENTS[IncidentKind(incident.subject)]
    after = run["started_at"] - incident.at
    awaited = {trigger.get("event") for trigger in run["playbook"]["when"]}
    return (
        timedelta(0) <= after <= longest
        and not events.isdisjoint(awaited)
        and (not code or run["variables"].get("code") == code)
    )


def _run(run: Mapping[str, Any], steps: Sequence[Any], until: datetime | None) -> dict[str, Any]:
    book, variables = run["playbook"], run["variables"]
    titles = {step["id"]: step["title"] for step in book["steps"]}
    over = run["ended_at"] or until
    return {
        "run": run["id"],
        "playbook": run["playbook_id"],
        "title": _filled(book["title"], variables),
        "started": _moment(run["started_at"]),
        "ended": _moment(run["ended_at"]),
        "steps": [
            {
                "step": step.step,
                "title": _filled(titles.get(step.step, step.step), variables),
                "owner": step.owner,
                "state": step.status,
                "due": _moment(step.due_at),
                "done_at": _moment(step.settled_at),
                "by": step.who or None,
                "late": _late(step, over),
            }
            for step in steps
        ],
    }


def _filled(text: str, variables: Mapping[str, Any]) -> str:
    try:
        return fill(text, variables)
    except HoleError:
        return text


def _late(step: Any, over: datetime | None) -> int | None:
    settled = step.settled_at if step.status in _SETTLED else over
    if step.due_at is None or settled is None or settled <= step.due_at:
        return None
    late: timedelta = settled - step.due_at
    # Whoever is late by less than a second is late all the same.
    return max(1, round(late.total_seconds()))


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
