"""Sign-in by passkey: passkeys, recovery codes and sessions of everybody who works here or for a recipient."""
