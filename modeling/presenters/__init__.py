"""Plain functions turning documents and engine results into the rows that templates print."""
