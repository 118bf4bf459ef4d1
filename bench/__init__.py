"""Benchmarks: what is claimed in docs/performance.md, measured again by `./run bench`."""
