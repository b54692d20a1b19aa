"""What a test key may order of the played people of a rehearsal; on a live installation none of it exists."""
