"""Notes of a site's members: who writes is known from the site's own login.

Start it with ``python server.py``, open the address that it prints, and log in as ann (tea) or bob (coffee).
"""

from gevent import monkey

monkey.patch_all()  # so that what blocks in the site's views holds up nobody

import argparse
import itertools
import secrets
from typing import Any

from flask import Flask, Response, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user
from werkzeug.security import check_password_hash, generate_password_hash

import greennow
from greennow import RemoteError, everyone, get_group, this
from greennow.contrib.flask import wrap

# The site: anybody may read, members log in.

site = Flask(__name__)
site.secret_key = secrets.token_bytes(32)  # a real site keeps one, or every restart logs everybody out
site.config["SESSION_COOKIE_SAMESITE"] = "Lax"
logins = LoginManager(site)

PASSWORDS = {"ann": generate_password_hash("tea"), "bob": generate_password_hash("coffee")}


class Member(UserMixin):
    """A member of the site."""

    def __init__(self, name: str) -> None:
        self.id = name


@logins.user_loader
def load(name: str) -> Member | None:
    """Gives Flask-Login the member of a session."""
    return Member(name) if name in PASSWORDS else None


@site.get("/")
def index() -> str:
    """The page of notes."""
    return render_template("index.html")


@site.post("/login")
def login() -> Any:
    """Logs in."""
    name, password = request.form["name"], request.form["password"]
    if name not in PASSWORDS or not check_password_hash(PASSWORDS[name], password):
        return render_template("index.html", refused=True), 403
    login_user(Member(name))
    return redirect(url_for("index"))


@site.post("/logout")
@login_required
def logout() -> Any:
    """Logs out, in all windows of this member: what is open was let in as somebody else."""
    for client in get_group(f"member {current_user.id}"):
        client.disconnect("you have logged out")
    logout_user()
    return redirect(url_for("index"))


@site.after_request
def secure(response: Response) -> Response:
    """Lets pages load what is the site's own, and nothing else."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return response


# What the pages share.

numbers = itertools.count(1)
everyone.now.notes = {}  # by number


@greennow.on("connect")
def introduce(client_id: str) -> None:
    """Tells the page who it is; a group holds all windows of one member."""
    if current_user.is_authenticated:
        this.now.me = current_user.id
        get_group(f"member {current_user.id}").add_user(client_id)


@everyone.expose
def add_note(text: Any) -> None:
    """Puts up a note under the name of who has logged in, whatever the page says."""
    if not current_user.is_authenticated:
        raise RemoteError("log in first")
    if not isinstance(text, str) or not 0 < len(text.strip()) <= 200:
        raise RemoteError("a note has 1 to 200 characters")
    notes = everyone.now.notes
    notes[str(next(numbers))] = {"by": current_user.id, "text": text.strip()}
    while len(notes) > 50:
        del notes[next(iter(notes))]
    get_group(f"member {current_user.id}").now.say(f"{len(notes)} notes are up")


@everyone.expose
def take_down(number: Any) -> None:
    """Takes down a note of one's own."""
    note = everyone.now.notes.get(number) if isinstance(number, str) else None
    if note is None or not current_user.is_authenticated or note.by != current_user.id:
        raise RemoteError("this note is not yours")
    del everyone.now.notes[number]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Notes of members, with Flask-Login.")
    parser.add_argument("--port", type=int, default=8080, help="0 picks one (default: %(default)s)")
    greennow.serve(wrap(site, client_write=False), port=parser.parse_args().port)
