"""Takes in what agencies have seen, keeps it as sent, and tells it onward only through the gate.

Promises: an observation reaches each lawful receiver once and nobody else; every telling has a row in the disclosure
register with the basis it rested on; after a consent has ended nothing more goes out on it.
"""
