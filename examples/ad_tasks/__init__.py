"""Human tasks of an ad platform: what machines may not decide or can't do waits for a person."""
