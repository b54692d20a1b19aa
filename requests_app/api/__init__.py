"""The API for applications: one file of views for each kind of thing, and the description that is read off them."""
