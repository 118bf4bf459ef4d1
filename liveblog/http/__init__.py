"""The front door: reads the head of a request and answers it from memory, or passes it on."""
