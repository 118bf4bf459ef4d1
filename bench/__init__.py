"""Benchmarks: `./run bench` measures the figures of docs/performance.md again."""
