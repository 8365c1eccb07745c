"""Twilio's own SDK as its users call it: synchronous, pooled, from a number of threads."""

import time
from concurrent.futures import ThreadPoolExecutor

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

THREADS = 32


def client_at(url: str, account: str, token: str) -> Client:
    """Return a client that calls another address than Twilio's own."""
    client = Client(account, token, http_client=TwilioHttpClient(timeout=30))
    client.api.base_url = url
    return client


def sdk_rate(url: str, account: str, token: str, sender: str, messages: int) -> float:
    """Return messages a second, with no word of them decided, rendered or kept."""
    client = client_at(url, account, token)
    text = "x" * 260

    def send(number: int) -> None:
        client.messages.create(to=f"+4479{number:09d}", from_=sender, body=text)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(send, range(THREADS)))
        start = time.perf_counter()
        list(pool.map(send, range(messages)))
        return messages / (time.perf_counter() - start)
