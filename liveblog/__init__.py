"""An awards-night live blog: publish, push, catch up."""

__version__ = "0.1.0"
