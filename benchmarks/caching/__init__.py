"""The parts of the cache benchmark that run in processes of their own, before a Valkey of its own."""
