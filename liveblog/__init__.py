"""An awards-night live blog: publish, push, catch up."""

__version__ = "0.2.0.dev0"
