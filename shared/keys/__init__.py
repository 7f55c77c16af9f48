"""The keys of the vault: who guards them, and the one way to seal and open under them. Nothing else may hold a key.

Whose key is whose stands in `shared/vault.py`.
"""
