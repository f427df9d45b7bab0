"""Django's SQLite backend in which writers take turns."""
