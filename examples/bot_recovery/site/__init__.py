"""A small site of our own, with captchas, challenges, rules and bad days, for bots to meet."""
