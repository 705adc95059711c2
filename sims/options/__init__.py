"""Options by name, and the parts that they make."""
