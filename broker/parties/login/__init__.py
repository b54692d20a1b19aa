"""The one way in for staff, officers and recipients' people; what they sign in with is `parties.signin`."""
