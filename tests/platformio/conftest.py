"""`pio test -e native` runs these tests; pytest does so through tests/parity/test_platformio.py."""

collect_ignore_glob = ["*"]
