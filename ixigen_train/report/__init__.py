"""What people look at: the page of a run, and its live view in a terminal."""
