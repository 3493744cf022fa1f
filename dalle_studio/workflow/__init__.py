"""One edit as one function, from the prompt to the record. No Qt, no I/O of its own: ports come in."""
