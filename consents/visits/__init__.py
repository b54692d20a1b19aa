"""How long a browser in which nobody of ours is signed in is remembered: a customer's, a joint holder's, a clerk's."""
