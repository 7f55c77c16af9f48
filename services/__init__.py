"""The five services. None imports another; they talk over RabbitMQ alone."""
