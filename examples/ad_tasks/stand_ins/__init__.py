"""Outside systems on this machine that speak HTTP as the real ones do."""
