"""A customer's files looked at before anything of them is saved: the guided way, the preview, saved or thrown away."""
