"""A relay: this program with another liveblog in the place of storage (docs/relay.md)."""
