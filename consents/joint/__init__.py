"""More than one holder: second holders and their word, objections, facts of an account, signs of abuse."""
