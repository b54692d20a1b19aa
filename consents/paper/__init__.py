"""The paper path: a letter to print, sign and post; staff enter the signed original with its scan, two people decide.

`printing` makes the letter, `scans` looks at a scan inside the sandbox, `entering` is the first person's part,
`granting` what follows when the second person has compared it: a consent whose letter is the signed original.
"""
