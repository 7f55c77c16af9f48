"""`consent` promises that a consent opens exactly what its signatories agreed to, and closes the moment one withdraws.

It keeps what agencies have said about a form and folds it into a state, so the order in which things arrive, and how
often, never matters. A consent that has ended stays ended. It alone decides who must have signed.
"""
