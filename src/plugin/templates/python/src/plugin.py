"""The functions of `wit/plugin.wit`, in snake case."""

from componentize_py_types import Err
from wit_world import WitWorld as Interface


class WitWorld(Interface):
    def code(self, text: str) -> str:
        """Gives the ASCII letters and digits of the text, in capitals."""
        kept = "".join(letter for letter in text if letter.isascii() and letter.isalnum())
        if not kept:
            raise Err(f"`{text}` has no letter and no digit")
        return kept.upper()

    def has_code(self, text: str) -> bool:
        """Tells whether `code` would succeed."""
        return any(letter.isascii() and letter.isalnum() for letter in text)
