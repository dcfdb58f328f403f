"""The publishing flows: approved renditions to their addresses, and off them again."""

from prefect import flow

from flows import tasks


@flow(name="publish", flow_run_name="publish-{campaign}")
def publish(campaign: str) -> list[str]:
    """Publish what is approved and not public yet; returns the renditions that became public."""
    return tasks.put_out(campaign)


@flow(name="withdraw", flow_run_name="withdraw-{campaign_or_rendition}")
def withdraw(campaign_or_rendition: str) -> list[str]:
    """Take publications down and prove they are gone; returns the renditions withdrawn."""
    return tasks.take_down(campaign_or_rendition)
