"""Two runs compared call by call, and a gate that says whether the second one may go live."""
