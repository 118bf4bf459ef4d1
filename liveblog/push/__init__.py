"""Delivery: the tails of blogs, and the sockets that send each change to readers."""
