"""Face2Vec: a private, laptop-sized face recogniser that says how far it can be trusted."""

from __future__ import annotations

__version__ = "0.1.0"
