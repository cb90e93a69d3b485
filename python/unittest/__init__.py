"""Only what rules use of unittest: unittest.mock. The standard one takes longer to load than all rules together."""
