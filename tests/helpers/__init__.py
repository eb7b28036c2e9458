"""Models, runs and data that tests of several folders build on; fixtures stand in conftest.py."""
