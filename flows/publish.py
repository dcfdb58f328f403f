"""The publishing flows: approved renditions to their addresses, off them again, and what rights end."""

from prefect import flow

from flows import tasks

_PATIENCE = (5.0, 15.0, 30.0, 60.0, 120.0, 240.0)  # seconds between attempts


@flow(name="publish", flow_run_name="publish-{campaign}")
def publish(campaign: str) -> list[str]:
    """Publish what is approved and not public yet; returns the renditions that became public."""
    return tasks.put_out(campaign)


@flow(name="publish-on-approval", flow_run_name="publish-on-approval-{campaign}")
def publish_on_approval(campaign: str) -> list[str]:
    """As `publish`, started by an approval: while something else changes the campaign it waits and tries again, for
    some minutes. Where it cannot be public yet, a later publish does it."""
    patient = tasks.put_out.with_options(
        retries=len(_PATIENCE), retry_delay_seconds=list(_PATIENCE), retry_condition_fn=tasks.transient_or_busy
    )
    return patient(campaign)


@flow(name="withdraw", flow_run_name="withdraw-{campaign_or_rendition}")
def withdraw(campaign_or_rendition: str, wait: float = 300.0) -> list[str]:
    """Take a campaign's, an asset's or one rendition's publications down, purge them and look for ``wait`` seconds at
    most until they are gone; returns the renditions withdrawn. What is left then, the flow `rights` goes on with."""
    return tasks.take_down(campaign_or_rendition, wait)


@flow(name="rights")
def rights(wait: float = 20.0) -> dict[str, list[str]]:
    """Take down what rights, embargo or a rejection do not allow now, and go on with unfinished withdrawals; says in
    the log what is still public past its limit. Returns renditions by what became of them."""
    return tasks.uphold(wait)
