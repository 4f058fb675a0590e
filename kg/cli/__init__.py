"""The command line: each command is one public function of the library. Start at :mod:`kg.cli.main`."""
