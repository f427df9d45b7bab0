"""The workbench. Its version is written here and in pyproject.toml, and nowhere else."""

__version__ = "0.1.0"
