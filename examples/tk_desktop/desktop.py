"""The shopping list on a desk: a Tk program that shares ``now`` with the pages.

Start it with ``python desktop.py http://127.0.0.1:8080``.
"""

import signal
import sys
import tkinter as tk
from concurrent.futures import Future
from tkinter import font, ttk
from typing import Any

from greennow.client import Client, ConnectError, RemoteError, connect

TITLE = "Shopping list"

#: Colours, for where Tk's own are those of long ago.
GROUND, LINE, ACCENT, CHOSEN, ALARM = "#f4f3ef", "#c9c6bd", "#0f7a55", "#d9eee4", "#b3261e"

#: How often Python gets to look for Ctrl-C while nothing happens in the window, in milliseconds.
LOOK_EVERY = 250


class Window:
    """What the window shows, and what is done in it. All of it runs on Tk's thread."""

    def __init__(self, root: tk.Tk, client: Client) -> None:
        self.root = root
        self.now = client.now
        # What belongs to Tk is kept for as long as the window; see docs/reference/client.md.
        self.text = tk.StringVar(root)
        self.guests = tk.DoubleVar(root)
        self.choose_style()
        self.build()
        self.show_status()
        client.watch("shopping", self.show_things)
        client.watch("guests", self.show_guests)
        self.show_things(client.snapshot("shopping"))
        self.show_guests(client.snapshot("guests"))
        client.on("disconnect", lambda: self.show_status("reconnecting…"))
        client.on("reconnect", lambda resumed: self.show_status())
        client.on("close", lambda: self.show_status("not connected"))

    def choose_style(self) -> None:
        """Makes rows as high as letters need; and all of it look well where Tk's own choice is an old one."""
        style = ttk.Style(self.root)
        if self.root.tk.call("tk", "windowingsystem") == "x11":
            style.theme_use("clam")
            style.configure(".", background=GROUND, bordercolor=LINE, lightcolor=GROUND, darkcolor=GROUND)
            style.configure("TScale", background=ACCENT, troughcolor=LINE, gripcount=0)
            style.map("TScale", background=[("active", ACCENT)])
            style.map("Treeview", background=[("selected", CHOSEN)], foreground=[("selected", "black")])
            self.root.configure(background=GROUND)
        linespace = font.nametofont("TkDefaultFont").metrics("linespace")
        style.configure("Treeview", rowheight=linespace * 3 // 2)

    def build(self) -> None:
        """Makes the widgets, each with a name. Distances are in points, for screens of any density."""
        root = self.root
        root.configure(padx="9p", pady="9p")
        entry = ttk.Entry(root, name="text", textvariable=self.text)
        entry.bind("<Return>", self.add)
        entry.grid(row=0, column=0, sticky="ew")
        ttk.Button(root, name="add", text="Add", command=self.add).grid(row=0, column=1, padx=("6p", 0))
        self.things = ttk.Treeview(root, name="things", show="tree", selectmode="browse", height=10)
        self.things.tag_configure("done", foreground="gray50")
        self.things.bind("<ButtonRelease-1>", lambda event: self.tick(self.things.identify_row(event.y)))
        self.things.bind("<space>", lambda _: self.tick(self.things.focus()))
        self.things.grid(row=1, columnspan=2, sticky="nsew", pady="6p")
        ttk.Button(root, name="remove", text="Remove what is done", command=self.remove).grid(
            row=2, columnspan=2, sticky="ew"
        )
        self.count = ttk.Label(root, name="count")
        self.count.grid(row=3, columnspan=2, sticky="w", pady=("9p", 0))
        scale = ttk.Scale(root, name="guests", from_=1, to=20, variable=self.guests, command=self.move)
        scale.grid(row=4, columnspan=2, sticky="ew")
        self.notice = ttk.Label(root, name="notice", foreground=ALARM, wraplength="210p")
        self.notice.grid(row=5, columnspan=2, sticky="w")
        root.columnconfigure(0, weight=1)
        root.rowconfigure(1, weight=1)
        entry.focus_set()

    # What is done in the window.

    def add(self, _: object = None) -> None:
        """Puts what was typed on the list."""
        if text := self.text.get().strip():
            self.text.set("")
            self.call(self.now.add_thing(text))

    def tick(self, number: str) -> None:
        """Ticks a thing off, or on again."""
        if number:
            self.call(self.now.set_done(number, not self.things.tag_has("done", number)))

    def remove(self) -> None:
        """Takes what is done from the list."""
        self.call(self.now.remove_done())

    def move(self, position: str) -> None:
        """Tells how many guests the slider stands at."""
        guests = round(float(position))
        if guests != self.now.guests:
            self.now.guests = guests

    def call(self, reply: Future[Any]) -> None:
        """Shows why a call failed, if it does."""
        reply.add_done_callback(self.show_outcome)

    # What `now` says.

    def show_things(self, things: dict[str, Any]) -> None:
        """Brings the rows in line with the list."""
        self.things.delete(*set(self.things.get_children()) - things.keys())
        for number, thing in things.items():
            if not self.things.exists(number):
                self.things.insert("", "end", number)
            box, tags = ("☑", "done") if thing["done"] else ("☐", "")
            self.things.item(number, text=f" {box}  {thing['text']}", tags=tags)

    def show_guests(self, guests: int) -> None:
        """Moves the slider. This runs no `move`, as the variable is set, not the scale."""
        self.guests.set(guests)
        self.count.configure(text=f"For {guests} guests" if guests > 1 else "For one guest")

    def show_outcome(self, reply: Future[Any]) -> None:
        """Tells what could not be done."""
        error = reply.exception()
        text = error.message if isinstance(error, RemoteError) else str(error or "")
        self.notice.configure(text=text)

    def show_status(self, status: str = "") -> None:
        """Tells in the title how the connection is."""
        self.root.title(f"{TITLE} ({status})" if status else TITLE)


def heed_signals(root: tk.Tk) -> None:
    """Lets Ctrl-C end the program. Python sees it when Tk calls it, so Tk is made to, now and then."""

    def look() -> None:
        root.after(LOOK_EVERY, look)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: root.quit())
    look()


def main(url: str) -> None:
    """Shares the list at this address until the window is closed."""
    root = tk.Tk()
    try:
        client = connect(url, dispatch=root.after_idle)
    except ConnectError as error:
        raise SystemExit(f"desktop.py: {error}") from None
    with client:
        Window(root, client)
        heed_signals(root)
        root.mainloop()


if __name__ == "__main__":
    main(sys.argv[1])
