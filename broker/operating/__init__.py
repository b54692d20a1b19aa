"""Running an installation: its backup, the drill that proves one, whether it is fit to serve (docs/operating.md)."""
