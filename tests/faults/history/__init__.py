"""What 16 clients saw while everything was killed, and whether that can be the history of one honest service."""
