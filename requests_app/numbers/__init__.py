"""How long utilities and we take, what utilities ask for it, and how much of it comes; no customer is named."""
