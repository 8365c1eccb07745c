"""`duly run`: the worker and the web in one process, until it is told to stop."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.domain.entry import Draft

if TYPE_CHECKING:
    from scheduler.bootstrap import App, Channels
    from scheduler.web.metrics import Metrics
    from scheduler.worker import Worker


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    context: typer.Context,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="Stop when nothing more is due now.")
    ] = False,
    web: Annotated[bool, typer.Option("--web/--no-web", help="Serve pages beside the worker.")] = True,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65_535, help="Default: DULY_PORT or 8400.")
    ] = None,
    sample_if_empty: Annotated[
        bool, typer.Option("--sample-if-empty", help="Load a made-up portfolio when there are no plans yet.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print no line for each decision.")] = False,
) -> None:
    """Send what is due and allowed, tell why the rest waits, and keep doing so."""
    from scheduler.cli.introduction import introduction, set_up_log
    from scheduler.cli.narrator import Narrator
    from scheduler.cli.parts import assembled
    from scheduler.memory import settle_in
    from scheduler.web.metrics import Metrics

    metrics = Metrics()
    listeners = [metrics.listen]
    app = assembled(context, lambda drafts: _tell(listeners, drafts))
    set_up_log(app.settings.log_level)
    for line in introduction(app, context.find_root().obj):
        _write_line(line)
    for complaint in app.catalogue.complaints():
        typer.echo(complaint, err=True)
    journal = app.open_journal()
    if sample_if_empty:
        from scheduler.cli.taking import take_in_sample

        take_in_sample(app)
    channels = app.open_channels()
    app.store.note_configuration(app.catalogue.version, app.clock.now(), app.rules_in_words)
    if not quiet:
        listeners.append(Narrator(_write_line).listen)
    settle_in()
    if until_idle:
        _run_loop(_work_until_idle(app, channels, app.worker(channels, journal)))
    else:
        worker = app.worker(channels, journal)
        worker.pipeline.breakers.listener = metrics.note_provider
        chosen = app.settings.port if port is None else port
        _run_loop(_work_and_serve(app, channels, worker, metrics, chosen if web else None))


def _tell(listeners: Sequence[Callable[[Sequence[Draft]], None]], drafts: Sequence[Draft]) -> None:
    for each in listeners:
        each(drafts)


def _write_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run on uvloop where it exists: it halves the processor time of a call."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main)


async def _check_providers(channels: "Channels") -> None:
    """Say what a provider has against our credentials or senders; sending begins all the same and finds out itself."""
    each_once = {id(each): each for each in channels.values()}
    for complaints in await asyncio.gather(*(each.check() for each in each_once.values())):
        for complaint in complaints:
            typer.echo(complaint, err=True)


async def _work_until_idle(app: "App", channels: "Channels", worker: "Worker") -> None:
    _stop_on_signals(worker.stopping)
    try:
        await _look_first(app, worker)
        await _check_providers(channels)
        await worker.run_until_idle()
    finally:
        await _close(channels)


async def _work_and_serve(
    app: "App", channels: "Channels", worker: "Worker", metrics: "Metrics", port: int | None
) -> None:
    """Work until told to stop, and serve pages beside it unless `port` is None."""
    _stop_on_signals(worker.stopping)
    try:
        await _look_first(app, worker)
        duties = [] if port is None else [await _serving(app, worker, metrics, port)]
        await asyncio.gather(_check_providers(channels), worker.run(), *duties)
    finally:
        worker.stopping.set()
        await _close(channels)


async def _look_first(app: "App", worker: "Worker") -> None:
    """Look whether the database is the one that was written to last, and say what keeps everything back if not."""
    from scheduler.cli.quarantine import quarantine_words

    await worker.guard()
    standing = await asyncio.to_thread(app.custody.standing)
    for line in () if standing is None else quarantine_words(standing):
        _write_line(line)


async def _serving(app: "App", worker: "Worker", metrics: "Metrics", port: int) -> "asyncio.Task[None]":
    """Return once the pages are served; a port that is taken is said before anything is sent."""
    from scheduler.web.app import serve_app

    begun = asyncio.Event()

    def announce(url: str) -> None:
        shows = "/outbox shows every message as its debtor would see it" if app.uses_only_the_outbox else ""
        _write_line(f"{url}{shows or '/readyz says whether all is well'}; Ctrl-C stops")
        begun.set()

    serving = asyncio.create_task(serve_app(app, worker, metrics, port, announce))
    serving.add_done_callback(lambda _: begun.set())
    await begun.wait()
    if serving.done():
        await serving
    return serving


def _stop_on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # not on Windows, where Ctrl-C raises instead
            loop.add_signal_handler(each, stopping.set)


async def _close(channels: "Channels") -> None:
    for each in channels.values():
        await each.close()
