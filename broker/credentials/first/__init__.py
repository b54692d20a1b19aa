"""The rules of the gate's engine."""
