"""Readings as pictures: bars, a year by the hour, a mean day; each with its table and its downloads (rules).

`series.read` takes readings in; `bars.bars`, `heat.years` and `profile.mean_day` draw them; `drawn.Picture` is what
they give. No framework: words go through `Say`, any function that translates.
"""
