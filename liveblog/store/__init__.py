"""Storage: the one room that talks to Redis."""
