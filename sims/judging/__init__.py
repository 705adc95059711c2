"""Judge a statement: measured numbers beside stated ones."""
