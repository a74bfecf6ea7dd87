"""Local servers that speak the HTTP of the outside services, to try the adapters without them."""
