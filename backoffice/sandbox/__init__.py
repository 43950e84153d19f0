"""Stand-ins for the outside world, over HTTP, for the demo and the tests."""
