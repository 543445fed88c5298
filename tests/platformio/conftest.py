"""These tests are PlatformIO's (`pio test -e native`); pytest runs them through tests/parity/test_platformio.py."""

collect_ignore_glob = ["*"]
