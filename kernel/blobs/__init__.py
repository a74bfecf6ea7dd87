"""Files that travel beside the log: their bytes, by id, behind one port."""
