"""The pages for people: sign in, the queue, one request; server-rendered, without scripts."""
