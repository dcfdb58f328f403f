"""Measurements: each prints ratios against a peer or a limit of the same run; results are in docs/benchmarks.md."""
