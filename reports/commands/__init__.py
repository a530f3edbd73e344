"""The commands, one module each: what the user asked for in, what he sees out."""
