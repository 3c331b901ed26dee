"""How far it can be trusted: figures, protocols, and what is wrong with a folder."""
