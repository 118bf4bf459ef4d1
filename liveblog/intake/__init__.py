"""Reads the files that editors bring: articles and running orders."""
