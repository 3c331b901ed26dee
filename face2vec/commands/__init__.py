"""One module for each command of the command line; each holds it as `command`."""
