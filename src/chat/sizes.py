"""Every bound and every pace that is not a setting, on one screen. Tests construct their own."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Counts, bytes and seconds."""

    # A tail: the newest events of a room, in memory.
    tail_events: int = 200
    tail_bytes: int = 256 * 1024
    """Drawn bytes."""
    answer_bytes: int = 256 * 1024
    """Ready answers: one for each cursor, audience and count of unread that is asked for."""

    audiences: int = 24
    """Audiences for which a room makes answers; whoever is beyond reads the site's hour."""

    # A wave: waking the polls that wait in a room.
    crowd: int = 1000
    """A room of more polls is woken with rests, so that pages, posts and other rooms get their turn."""
    first_chunk: int = 2500
    """Polls woken at once by the first wave after a while: all hear before any polls again, the soonest for all."""
    chunk: int = 50
    """Polls of a crowd woken at once when one wave follows another."""
    rest_seconds: float = 60e-6
    """A crowd rests so long for each poll woken."""

    # The hub: the tails of the rooms in use.
    rooms: int = 5_000
    """Rooms nobody waits in that are kept at most."""
    idle_seconds: float = 60.0
    """A room that nobody asked for in this time is forgotten."""
    in_use_seconds: float = 10.0
    """A room that somebody asked for in this time is in use, though no poll may wait in it just now."""
    check_seconds: float = 1.0
    """Where nobody else stores events, the log is asked for unknown ones at most this often a room."""
    retry_seconds: float = 1.0
    """Between two tries to read what a tail lacks."""

    # The bus: wake-ups between processes.
    look_seconds: float = 1.5
    """Between two looks at the rooms in use: what a lost wake-up costs at most."""
    reconnect_seconds: float = 0.1
    longest_reconnect_seconds: float = 2.0

    changes_seconds: float = 1.0
    """Between two looks at what every process keeps in memory, such as bans."""

    # Pages and answers, in messages.
    entry_page: int = 50
    older_page: int = 50
    people_page: int = 200
    """People whom the list of who is here names."""
    list_page: int = 50
    """Rooms on a page of their list."""
    poll_page: int = 100
    """Events in one answer: a slow phone that missed thousands takes them in pages."""
    feed_messages: int = 100
    feed_events: int = 1000
    """Events among which a feed's messages are looked for: it costs the same however long the log is."""
    trim_from: int = 300
    """Messages that a window shows before the oldest are taken away."""
    trim_from_reading: int = 1000
    """The same while its reader has loaded older ones."""
    trim_to: int = 200
    """Messages that stay then."""
    trim_at_once: int = 2000
    """Messages that are taken away at once."""
    unread_cap: int = 100
    """Unread messages that are no longer counted: the windows of a busy room share few answers."""

    # What is remembered of windows and people.
    windows: int = 50_000
    """Windows whose last poll is remembered."""
    heads: int = 16_384
    """Heads of polls that are remembered, at most 2 KB each."""
    absent_seconds: float = 60.0
    """A window whose last poll ended longer ago was absent, and is shown where the unread begin."""
    people: int = 50_000
    """People, and addresses, whose spending is remembered."""

    present: int = 100_000
    """Seats that are counted as being here."""
    here_seconds: float = 45.0
    """A window whose last poll ended longer ago is not here any more."""
    count_seconds: float = 3.0
    """Between two counts of who is in a room."""
    exchange_seconds: float = 6.0
    """Between two times that processes tell each other who is here."""
    told_again_seconds: float = 12.0
    """What has not changed is told again after so long: whoever is silent for 30 s is thought dead."""

    # Storage.
    busy_seconds: float = 2.0
    """How long a query waits for an SQLite file that another program has locked."""

    checkpoint_seconds: float = 0.25
    """Between two times that SQLite's write-ahead log is taken over, when it has grown."""
    erase_seconds: float = 600.0
    """Between two times that what is too old is erased."""
    mine_page: int = 50
    """Messages on a page of what is stored of somebody."""

    # The rest.
    stream_seconds: float = 600.0
    """Then the log without a script starts anew, which keeps its page short."""
    health_seconds: float = 1.0
    """The health result is cached for this long."""
