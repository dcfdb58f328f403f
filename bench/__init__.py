"""Measurements: each prints ratios against a peer or a limit of the same run. Results are kept in docs/benchmarks.md."""
