"""The one way in for staff and officers; the issue "Only the right people" puts passkeys behind this seam."""
