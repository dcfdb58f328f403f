"""Prefect flows: order, concurrency and retries, no rules."""
