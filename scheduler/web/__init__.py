"""What Duly shows over HTTP: the outbox while nothing leaves the machine, its health, and its metrics."""
