"""Benchmarks: ratios measured in one run, since times of different runs on a shared machine say little."""
