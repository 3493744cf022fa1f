"""The command line: every word but a path is a subcommand, and none loads Qt."""
