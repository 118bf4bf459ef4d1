"""Delivery: the tail of a blog and the sockets that carry it to readers."""
