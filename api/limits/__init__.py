"""How much of what there is a call, a key and a tenant may take."""
