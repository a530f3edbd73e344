"""Reports on whole networks: layers, shapes, parameters, and the chain of their derivatives."""
