"""The demo night: its facts, its preview and its replay."""
