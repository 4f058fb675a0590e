"""Questions to a language model over the OpenAI-compatible chat API, with limits on time, size and tries, and a cache of answers.

Needs ``httpx`` (extra ``model``). The key goes into one header of the request and nowhere else: not into messages, logs, the cache or
``repr``. Redirects are not followed, so that the key stays with the address that the user gave.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from kg.durable import write_durably
from kg.errors import KgError, MissingExtra, UsageError
from kg.model.base import clean_label

if TYPE_CHECKING:
    import httpx

MAX_ANSWER = 4 * 1024**2
"""Largest answer that is read, in bytes."""
LONGEST_WAIT = 60.0
"""Most seconds between two tries, whatever the server asks for."""
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_OPTIONAL = ("response_format", "temperature")
"""Settings that some servers do not know: left out once a server refuses them by name."""


class ModelError(KgError):
    """The language model cannot be used: no answer, a refusal, or an answer that is not of the chat API."""


@dataclass(frozen=True)
class ModelOptions:
    """Which model to ask, where, and within which limits. ``part`` and ``overlap`` are characters of the report per question."""

    name: str
    url: str
    key: str | None = field(default=None, repr=False)
    price: tuple[float, float] | None = None
    """Price of a million tokens in and out, in any currency."""
    cache: Path | None = None
    timeout: float = 120
    """Most seconds for one try."""
    retries: int = 3
    """Further tries after the first, when the server is busy, fails or does not answer."""
    part: int = 12_000
    overlap: int = 1_000

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > 200 or clean_label(self.name) != self.name:
            raise UsageError("the model's name is empty, too long or holds control characters; see --model")
        _checked_url(self.url)
        if self.key is not None and not (self.key.isascii() and self.key.isprintable() and self.key == self.key.strip() and self.key):
            raise UsageError("the key in KG_MODEL_KEY is empty or holds blanks or other characters that no key has")
        if not 0 < self.timeout <= 86_400:
            raise UsageError("the time limit for the model must be between 0 and 86,400 seconds")
        if not 0 <= self.retries <= 20:
            raise UsageError("between 0 and 20 retries are possible")
        if self.part < 500 or not 0 <= self.overlap <= self.part // 2:
            raise UsageError("parts need at least 500 characters, and may overlap by half of their length at most")
        if self.price is not None and not all(math.isfinite(p) and p >= 0 for p in self.price):
            raise UsageError("a price is a number that is not below zero")


def options_from(
    name: str,
    url: str | None = None,
    *,
    price: str | None = None,
    cache: Path | None = None,
    timeout: float = 120,
    environ: Mapping[str, str] = os.environ,
) -> ModelOptions:
    """The options that a command line and the environment (``KG_MODEL_URL``, ``KG_MODEL_KEY``) make.

    ``price`` is ``IN,OUT`` for a million tokens. Raises :class:`~kg.errors.UsageError` for what is missing or wrong.

    >>> options_from("tiny", "http://localhost:11434/v1", price="0.5,2", environ={}).price
    (0.5, 2.0)
    >>> options_from("tiny", environ={})
    Traceback (most recent call last):
    kg.errors.UsageError: where is the model 'tiny'? give --model-url, or set KG_MODEL_URL (for example http://localhost:11434/v1)
    """
    url = url or environ.get("KG_MODEL_URL")
    if not url:
        raise UsageError(f"where is the model {name!r}? give --model-url, or set KG_MODEL_URL (for example http://localhost:11434/v1)")
    return ModelOptions(
        name=name,
        url=url,
        key=environ.get("KG_MODEL_KEY", "").strip() or None,
        price=None if price is None else _price(price),
        cache=cache,
        timeout=timeout,
    )


def _price(text: str) -> tuple[float, float]:
    try:
        into, out = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--model-price is IN,OUT for a million tokens, such as 0.15,0.60; not {text[:40]!r}") from None
    return into, out


def _checked_url(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("the model's address cannot be read; it should look like http://localhost:11434/v1") from None
    if parts.username or parts.password or "@" in parts.netloc:
        raise UsageError("the model's address holds a user name or password; put the key into KG_MODEL_KEY")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or len(url) > 2000 or not url.isprintable() or " " in url:
        raise UsageError(f"{clean_label(url)[:80]!r} is no address of a model; it should look like http://localhost:11434/v1")
    return parts


@dataclass(frozen=True)
class Answer:
    """What a model said. Tokens are those that the server counted, ``None`` where it did not; ``whole``: not cut off at a limit."""

    content: str
    tokens_in: int | None
    tokens_out: int | None
    whole: bool
    cached: bool
    place: Path | None
    """Where the cache keeps it, or would."""


@dataclass
class _Reply:
    status: int
    wait: float | None
    body: bytes


class ModelClient:
    """Asks one model. ``sleep`` waits between tries (tests give one that does not)."""

    def __init__(self, options: ModelOptions, sleep: Callable[[float], None] = time.sleep) -> None:
        try:
            import httpx
        except ImportError:
            raise MissingExtra("a language model needs httpx: pip install 'incident-kg[model]'") from None
        self._http = httpx
        self._options = options
        self._sleep = sleep
        parts = _checked_url(options.url)
        path = parts.path.rstrip("/")
        whole = path if path.endswith("/chat/completions") else path + "/chat/completions"
        self._address = parts._replace(path=whole, fragment="").geturl()
        self.shown = parts._replace(query="", fragment="").geturl()
        """The address for messages, without its query."""
        self._left_out: set[str] = set()

    def ask(self, system: str, user: str) -> Answer:
        """The model's answer, from the cache if it was asked the same before. Raises :class:`ModelError`."""
        place = self._place(system, user)
        if place is not None and (kept := _kept(place)) is not None:
            return Answer(kept, 0, 0, True, True, place)
        data = self._asked(system, user)
        try:
            choice = data["choices"][0]
            content = choice["message"]["content"]
        except (KeyError, IndexError, TypeError):
            raise ModelError(f"the model at {self.shown} does not speak the chat API: its answer has no message") from None
        usage = data.get("usage")
        counts = usage if isinstance(usage, dict) else {}
        return Answer(
            content=content if isinstance(content, str) else "",
            tokens_in=_tokens(counts.get("prompt_tokens")),
            tokens_out=_tokens(counts.get("completion_tokens")),
            whole=choice.get("finish_reason") != "length",
            cached=False,
            place=place,
        )

    def keep(self, answer: Answer) -> None:
        """Put an answer into the cache, if there is one. Raises :class:`~kg.errors.UsageError` if that cannot be written."""
        if answer.place is None or answer.cached or not answer.whole:
            return
        try:
            answer.place.parent.mkdir(parents=True, exist_ok=True)
            write_durably(answer.place, json.dumps({"model": self._options.name, "content": answer.content}).encode())
        except OSError as error:
            raise UsageError(f"the cache of answers cannot be written: {answer.place.parent}: {error.strerror or error}") from None

    def _place(self, system: str, user: str) -> Path | None:
        if self._options.cache is None:
            return None
        digest = hashlib.sha256(json.dumps([self._options.name, system, user]).encode()).hexdigest()
        return self._options.cache / f"{digest}.json"

    # ── tries ────────────────────────────────────────────────────────────────────────────

    def _asked(self, system: str, user: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._options.name,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
            "temperature": 0,
            "response_format": {"type": "json_object"},
        }
        tries = 0
        while True:
            tries += 1
            sent = {k: v for k, v in body.items() if k not in self._left_out}
            reply: _Reply | None = None
            wait: float | None = None
            try:
                reply = self._sent(sent)
            except self._http.TimeoutException:
                failure = f"did not answer in {self._options.timeout:g} s"
            except self._http.ConnectError as error:
                raise ModelError(f"the model at {self.shown} cannot be reached: {self._safe(str(error))}") from None
            except (self._http.RemoteProtocolError, self._http.NetworkError):
                failure = "broke off its answer"
            except self._http.HTTPError as error:
                raise ModelError(f"the model at {self.shown} cannot be asked: {type(error).__name__}") from None
            else:
                if reply.status == 200:
                    return self._read(reply.body)
                if self._simpler(reply):
                    tries -= 1
                    continue
                if reply.status not in _AGAIN:
                    raise ModelError(self._refusal(reply))
                failure = "is too busy (429)" if reply.status == 429 else f"fails ({reply.status})"
                wait = reply.wait
            if tries > self._options.retries:
                often = f", tried {tries} times" if tries > 1 else ""
                raise ModelError(f"the model at {self.shown} {failure}{often}; try again later, or give it more time or smaller parts")
            self._sleep(min(LONGEST_WAIT, max(wait or 0.0, 2.0 ** (tries - 1))))

    def _simpler(self, reply: _Reply) -> bool:
        """Whether a refusal names an optional setting, which is then left out."""
        if reply.status not in (400, 422):
            return False
        named = [s for s in _OPTIONAL if s not in self._left_out and s.encode() in reply.body]
        self._left_out.update(named)
        return bool(named)

    def _sent(self, body: dict[str, Any]) -> _Reply:
        """One try. It runs in a thread of its own, since no single step of it (name look-up, header, body) bounds the whole."""
        host = (urlsplit(self._address).hostname or "").lower()
        local = host in ("localhost", "127.0.0.1", "::1")
        client = self._http.Client(
            timeout=self._options.timeout, follow_redirects=False, trust_env=not local, verify=self._address.startswith("https:")
        )
        result: list[_Reply | Exception] = []

        def run() -> None:
            try:
                result.append(self._exchange(client, body))
            except Exception as error:
                result.append(error)

        thread = threading.Thread(target=run, daemon=True, name="model")
        thread.start()
        thread.join(self._options.timeout)
        if not result:
            threading.Thread(target=client.close, daemon=True).start()
            raise self._http.ReadTimeout("no answer")
        client.close()
        first = result[0]
        if isinstance(first, Exception):
            raise first
        return first

    def _exchange(self, client: httpx.Client, body: dict[str, Any]) -> _Reply:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        if self._options.key:
            headers["Authorization"] = f"Bearer {self._options.key}"
        end = time.monotonic() + self._options.timeout
        with client.stream("POST", self._address, content=json.dumps(body).encode(), headers=headers) as response:
            data = bytearray()
            for chunk in response.iter_raw():
                data += chunk
                if len(data) > MAX_ANSWER:
                    raise ModelError(f"the model at {self.shown} answers with more than {MAX_ANSWER // 1024**2} MB; that is no answer")
                if time.monotonic() > end:
                    raise self._http.ReadTimeout("no answer")
            return _Reply(response.status_code, _seconds(response.headers.get("retry-after")), bytes(data))

    # ── answers ──────────────────────────────────────────────────────────────────────────

    def _read(self, body: bytes) -> dict[str, Any]:
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise ModelError(f"the model at {self.shown} does not speak the chat API: its answer is no JSON object")
        return data

    def _refusal(self, reply: _Reply) -> str:
        status, start = reply.status, f"the model at {self.shown}"
        if status in (401, 403):
            wanted = "refuses the key in KG_MODEL_KEY" if self._options.key else "wants a key: set KG_MODEL_KEY"
            return f"{start} {wanted} ({status})"
        if 300 <= status < 400:
            return f"{start} redirects elsewhere ({status}); give the address that it leads to"
        hint = f"; check the address (often ending in /v1) and the name {self._options.name!r}" if status == 404 else ""
        said = self._said(reply.body)
        return f"{start} refuses ({status}){': ' + said if said else ''}{hint}"

    def _said(self, body: bytes) -> str:
        """The server's own message, cut short and without the key."""
        try:
            error = json.loads(body).get("error")
            said = error.get("message") if isinstance(error, dict) else error
        except (ValueError, RecursionError, AttributeError):
            return ""
        return self._safe(said) if isinstance(said, str) else ""

    def _safe(self, text: str) -> str:
        text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
        if self._options.key:
            text = text.replace(self._options.key, "***")
        return clean_label(text.encode("utf-8", "replace").decode())[:200]


def _seconds(header: str | None) -> float | None:
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e9 else None


def _tokens(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**9 else None


def _kept(place: Path) -> str | None:
    """The cached answer; ``None`` if there is none, or none that can be read."""
    try:
        content = json.loads(place.read_bytes())["content"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return None
    return content if isinstance(content, str) else None
