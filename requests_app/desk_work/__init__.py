"""The desk's own work: who sees to a request, who stands in for whom, notes, and what was said by phone or post."""
