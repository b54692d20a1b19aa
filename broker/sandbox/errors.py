"""What a job in the sandbox can end with, other than an answer."""


class SandboxError(Exception):
    """The job gave no answer; the texts hold codes and names of error classes, never content."""


class TookTooLong(SandboxError):
    """The job passed its wall or CPU limit; its process was ended and will be replaced."""


class Died(SandboxError):
    """The process or the job broke; `kind` is the class of the error, or how the process ended."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Refused(SandboxError):
    """The job looked at what it was given and says no, with a reason code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
