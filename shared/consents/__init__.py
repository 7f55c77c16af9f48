"""What a consent is worth: what has been told about a form, and the state that follows. Pure, and without a service.

The service `consent` keeps and announces it; the operators' commands read the same documents by the same rules.
"""
