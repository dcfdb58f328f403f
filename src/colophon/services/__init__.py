"""One module per verb: plain functions over ports, usable without Prefect."""
