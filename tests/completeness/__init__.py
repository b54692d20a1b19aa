"""Nothing is left out of the log: every address that changes something or opens personal data, walked one by one."""
