"""The clocks of requests: closing days that officers change, and every step of every clock."""
