"""Argon2 at the least that it may cost: every login and every code of a test is hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """Hashes with the same algorithm; what was hashed at the real cost is verified as well."""

    time_cost = 1
    memory_cost = 8  # KiB
    parallelism = 1
