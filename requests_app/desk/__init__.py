"""The utility's billing desk: how much it is asked in a day, what one mail holds, and the page on which it answers."""
