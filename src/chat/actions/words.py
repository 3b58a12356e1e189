"""Words: add, remove, and what every process knows of the list."""

from chat.actions.context import Context
from chat.domain import words as rules
from chat.domain.refusals import Refused
from chat.domain.words import Line
from chat.storage import words


async def add(context: Context, moderator: str, text: str, action: str) -> int:
    """Add the lines of a text to the list, all or none; answers how many.

    Raises Refused: word.action, word.empty, word.too_long, word.too_many, word.pattern, word.wide; Unavailable.
    """
    lines = [rules.clean(line, action) for line in text.splitlines() if line.strip()]
    if not lines:
        raise Refused("word.empty")
    if len(await words.all_lines()) + len(lines) > rules.MOST:
        raise Refused("word.too_many", limit=rules.MOST)
    await words.add(context.database, lines, moderator)
    await refresh(context)
    return len(lines)


async def remove(context: Context, moderator: str, text: str) -> bool:
    """Take a line from the list; False when it is not there. Raises Unavailable."""
    removed = await words.remove(context.database, text, moderator)
    await refresh(context)
    return removed


async def refresh(context: Context) -> None:
    """Know the list as it is now. Raises Unavailable."""
    context.words.replace(Line(line.text, line.action) for line in await words.all_lines())
