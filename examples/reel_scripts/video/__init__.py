"""Video generators: what makes a clip out of an approved script."""
