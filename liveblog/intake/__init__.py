"""What editors bring, read from their files: articles and running orders."""
