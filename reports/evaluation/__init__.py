"""Every equality that a report displays, evaluated before it is printed."""
