"""The `duly` command: runs it, and turns what goes wrong into one sentence and an exit code."""

import os
import sys
from collections.abc import Sequence

import typer

from scheduler.cli.app import build
from scheduler.domain.errors import UsageError

ANSWER_IS_NO, WRONG_USAGE, INTERRUPTED, NOBODY_LISTENS = 1, 2, 130, 141


def main() -> None:
    """Run the command with the process's arguments, and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code: 0 done, 1 the answer is no, 2 wrong usage or unusable input.

    What a person gave and nobody can use becomes one sentence on standard error. Only a defect of Duly's own
    shows a traceback.
    """
    try:
        _refuse_garbled(arguments)
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Python flushes standard output once more as it leaves, which would complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_LISTENS
    except KeyboardInterrupt:
        return INTERRUPTED
    except UsageError as error:
        return _refuse(str(error))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _refuse(f"{place}{error.strerror or error}; check that it exists and may be used")
    except Exception as error:
        if (sentence := _of_the_database(error)) is None:
            raise
        return _refuse(sentence)


def _refuse_garbled(arguments: Sequence[str]) -> None:
    """Refuse what is no text: nothing could keep it or show it again."""
    for each in arguments:
        try:
            each.encode()
        except UnicodeEncodeError:
            shown = each.encode(errors="replace").decode()
            raise UsageError(f"{shown!r} is no text in UTF-8; write it anew") from None


def _of_the_database(error: Exception) -> str | None:
    """Return what to say of a database that failed; its own words may quote somebody's row."""
    from sqlalchemy.exc import DBAPIError

    if not isinstance(error, DBAPIError):
        return None
    return f"The database turned the work away ({type(error.orig).__name__}); nothing is half done, try again"


def _run(arguments: Sequence[str]) -> int:
    try:
        code = build()(args=list(arguments), prog_name="duly", standalone_mode=False)
    except typer.TyperException as error:
        return _refuse(_with_hint(error), error.exit_code)
    except typer.Abort:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _with_hint(error: typer.TyperException) -> str:
    """Return the sentence, and where to read on unless it is the whole help already."""
    message = _plain(error.format_message())
    command = getattr(getattr(error, "ctx", None), "command_path", None)
    return (
        message if command is None or message.startswith("Usage:") else f"{message} See `{command} --help`."
    )


def _plain(message: str) -> str:
    """Take the library's own way of speaking out of its message, and say where a global option belongs."""
    for option in ("--config", "--database"):
        if message.startswith(f"No such option: {option}"):
            return f"{option} belongs before the command: duly {option} … COMMAND."
    return message.replace("Value error, ", "")


def _refuse(sentence: str, code: int = WRONG_USAGE) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code
