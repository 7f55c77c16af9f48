"""The law as dated rows, the code that reads it, and what agencies are answered by it.

A changed law is a new row, never a changed one, and no code makes an exception.
"""
