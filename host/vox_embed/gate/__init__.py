"""The gate: what comes from outside is admitted here, and what goes out is written in its language here.

Nothing above may trust a text, a file, a number or a length that another program, person or device made.
`docs/security.md` says what is promised.
"""
