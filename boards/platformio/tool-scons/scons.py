"""Hands over to the SCons that pip installed."""

import sys

import SCons.Script

sys.exit(SCons.Script.main())
