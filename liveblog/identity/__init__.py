"""Who people are elsewhere: an OpenID Connect provider, what its tokens say, and which roles its groups give."""
