"""The measurements, a command each."""
