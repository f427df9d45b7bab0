"""What an operator may have done, each with a measure before and after."""
