"""How written letters go out: claimed, handed over, and what came of it written down."""
