"""Prefect tasks: ids in, ids out, each one service call. Whether a step is done is asked of the catalog, never of
Prefect, so any of them may run again at any time."""

from typing import Any

from prefect import task
from prefect.client.schemas.objects import State, TaskRun

from colophon.bootstrap import runtime
from colophon.bootstrap.notify import pass_on
from colophon.bootstrap.tracing import span, traced
from colophon.domain.history import Scope
from colophon.errors import ColophonError, Conflict
from colophon.services import ingest, order, publish, recheck, render, reverify, review, withdraw
from colophon.services.turn import BUSY
from flows import notices


def _transient(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Only what the error itself calls transient is worth another try."""
    try:
        state.result()
    except ColophonError as error:
        return error.transient
    except Exception:  # noqa: BLE001 - anything unforeseen is a bug; repeating it would hide it
        return False
    return False


def transient_or_busy(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Also where somebody else had the campaign's turn."""
    try:
        state.result()
    except Conflict as error:
        return error.reason == BUSY
    except Exception:  # noqa: BLE001 - judged below
        return _transient(_task, _run, state)
    return False


_RETRY: dict[str, Any] = {"retries": 3, "retry_delay_seconds": [1, 4, 15], "retry_condition_fn": _transient}


@task(name="submit", task_run_name="submit {generation}")
@traced("submit")
def submit(generation: str) -> str:
    """Order one picture. Never repeated by the orchestrator: the loop that works a campaign off decides, after asking
    the catalog."""
    return order.submit(generation, buyer=runtime().buyer).value


@task(name="finish", task_run_name="finish {generation}", **_RETRY)
@traced("finish")
def finish(generation: str) -> str:
    """Examine and register one delivered picture, then make and sign its renditions."""
    rt = runtime()
    with span("examine", subject=generation):
        state = ingest.ingest(generation, bench=rt.bench_of(generation))
    with span("render", subject=generation):
        render.render_generation(generation, workshop=rt.workshop)
    return state.value


@task(name="approve", **_RETRY)
@traced("approve")
def approve(campaign: str, by: str) -> list[str]:
    approved = review.approve_checked(campaign, by=by, desk=runtime().desk)
    pass_on(runtime())
    return approved


@task(name="publish", **_RETRY)
@traced("publish")
def put_out(campaign: str) -> list[str]:
    """Nothing during an embargo: a later publish does it."""
    done = publish.publish_when_due(campaign, press=runtime().press)
    pass_on(runtime())
    return list(done.added) if done else []


@task(name="withdraw", **_RETRY)
@traced("withdraw")
def take_down(name: str, wait: float) -> list[str]:
    done = withdraw.unpublish(name, press=runtime().press, wait=wait)
    pass_on(runtime())
    return list(done.removed)


@task(name="uphold rights", **_RETRY)
@traced("uphold rights")
def uphold(wait: float) -> dict[str, list[str]]:
    done = withdraw.uphold(press=runtime().press, wait=wait)
    notices.tell_problems(done.problems)
    pass_on(runtime())
    return {
        "removed": list(done.removed),
        "gone": [each.rendition for each in done.withdrawals if each.gone_at],
        "left": [each.rendition for each in done.withdrawals if each.open],
    }


@task(name="verify again", **_RETRY)
@traced("verify again")
def verify_again(assets: list[str]) -> list[str]:
    """What is due of these assets, originals and renditions. Returns the files whose verdict changed; each is told of
    as soon as it is on record, so that a run that dies afterwards leaves none unsaid."""
    lab = runtime().lab
    files = reverify.standings(Scope(tuple(assets)), reverify.what_is_due(lab), verdicts=lab.verdicts)
    changed = []
    for result in reverify.verify_again(files, lab=lab):
        notices.tell(result)
        if result.changed:
            changed.append(result.standing.subject)
    return changed


@task(name="check again", **_RETRY)
def check_again(assets: list[str]) -> list[str]:
    """A new round of findings for each. Returns those whose state changed; what could not be looked at is told of."""
    rt = runtime()
    chosen = [rt.catalog.assets.get(asset) for asset in assets]
    changed = []
    for result in recheck.check_again(chosen, examiner=rt.examiner()):
        notices.tell_rechecked(result)
        if result.trouble is None and result.changed:
            changed.append(result.asset.id)
    return changed
