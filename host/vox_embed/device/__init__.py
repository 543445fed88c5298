"""Devices, real and emulated: the serial link, sessions, parity with the host, the live view."""
