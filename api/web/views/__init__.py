"""How a question's content is laid out for the eye: one pure module for each kind of panel."""
