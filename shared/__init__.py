"""What two or more services need: events, the one commit, the broker, the gate, the vault.

Nothing here imports a service. A thing moves in when a second service needs it.
"""
