"""HTTP: pages, API, desk and operations."""
