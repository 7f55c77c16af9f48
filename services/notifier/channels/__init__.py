"""The ways out: a mail server, or a gateway over HTTP. Each answers for every letter it is handed, whatever happens."""
