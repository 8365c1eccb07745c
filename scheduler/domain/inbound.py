"""What a debtor writes back, and the few words in it that a machine may act upon.

STOP is read generously and START narrowly: a message too few can be made good, a message to somebody who said no
cannot. Whatever is neither is for a person to read.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Keyword(StrEnum):
    """What a short message asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message from outside. It never prints who wrote it, or what.

    `event_id` is the provider's name of it, the same when it comes twice; `to` is the number or address of ours that it
    was written to, empty where the provider does not say.
    """

    provider: str
    event_id: str
    channel: str
    sender: str = field(repr=False)
    text: str = field(repr=False)
    keyword: Keyword | None
    to: str = field(default="", repr=False)


def keyword(text: str, opt_out_type: str | None = None) -> Keyword | None:
    """Return what a message asks for, or None when a person has to read it.

    `opt_out_type` is what the provider made of it (Twilio's `OptOutType`). A STOP counts whoever finds it. START and
    HELP must be the whole message; STOP may come with courtesies, or be one of several sentences.
    """
    theirs = _OPT_OUT_TYPES.get(opt_out_type or "")
    whole = _squeezed(text)
    if theirs is Keyword.STOP or whole in _STOP or any(_is_stop(each) for each in _SENTENCE_END.split(text)):
        return Keyword.STOP
    return theirs or _OTHERS.get(whole)


_OPT_OUT_TYPES: Mapping[str, Keyword] = {each.name: each for each in Keyword}

_SENTENCE_END = re.compile(r"[.!?;\n\r…。！？；؟؛]+")
_WORD = re.compile(r"[^\W_]+")


def _words(text: str) -> list[str]:
    """Return the words without case, accents, width, punctuation or emoji; letters set apart are one word."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(each for each in folded if unicodedata.category(each) not in _INVISIBLE)
    words = _WORD.findall(bare.replace("\N{ARABIC TATWEEL}", ""))
    return ["".join(words)] if len(words) > 1 and all(len(each) == 1 for each in words) else words


_INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cs"})
"""Accents and other marks, and what only steers how letters are shown."""


def _squeezed(text: str) -> str:
    return " ".join(_words(text))


def _is_stop(sentence: str) -> bool:
    """Whether a sentence says no more than STOP, courtesies aside."""
    return " ".join(each for each in _words(sentence) if each not in _COURTESIES) in _PLAIN_STOP


def _listed(*words: str) -> frozenset[str]:
    return frozenset(_squeezed(each) for line in words for each in line.split(","))


_COURTESIES = frozenset(
    word
    for each in _listed(
        "please, pls, plz, thanks, thank, you, ok, okay, hi, hello, dear, sir, madam, just, now, kindly, sorry",
        "por, favor, porfavor, gracias, merci, svp, stp, bitte, danke, obrigado, obrigada, hola, bonjour, hallo, ola",
        "请, 謝謝, 谢谢, 您好, 你好, من فضلك, شكرا, رجاء",
    )
    for word in each.split()
)

_PLAIN_STOP = _listed(
    "stop, stopp, stopall, stop all, stop stop, stop stop stop, unsubscribe, unsubscribe me, optout, opt out",
    "opt me out, stop it, stop sms, stop texts, stop texting, stop texting me, stop messages, stop messaging",
    "stop messaging me, stop sending me messages, stop sending me texts, stop all messages, stop these messages",
    "stop contacting me, stop writing to me, remove me, take me off, do not text me, don't text me, dont text me",
    "do not contact me, don't contact me, dont contact me, no more messages, no more texts",
    "alto, parar, pare, detener, baja, darme de baja, desuscribir, desuscribirme, cancelar suscripción",
    "no más mensajes",
    "arret, arrêt, arrett, arrête, arreter, arrêter, arrêtez, désabonner, désabonnement, désinscrire, désinscription",
    "abmelden, abbestellen, austragen, aufhören, stoppen",
    "sair, descadastrar, remover, cancelar inscrição, parem",
    "退订, 退訂, 停止, 停, 取消订阅, 取消訂閱, 拒收, 停止发送, 停止發送, 不要再发, 别再发了, 不要再發, 別再發了",
    "请停止, 請停止, 请退订, 請退訂, 请取消订阅, 請取消訂閱, 请停止发送, 請停止發送, 请不要再发, 請不要再發",
    "توقف, توقفوا, إيقاف, أوقف, قف, إلغاء الاشتراك",
    "стоп",
)
"""Says so by itself, alone or among courtesies."""

_STOP = _PLAIN_STOP | _listed(
    "cancel, end, quit, revoke, remove, cancelar, cancela, fin, salir, annuler, ende, kündigen",
    "إلغاء, 取消, td, t, td退订, t退订, 回t退订, 回td退订",
)
"""Says so only as the whole message: Twilio's own list, and words that mean other things in a sentence."""

_OTHERS: Mapping[str, Keyword] = {
    **dict.fromkeys(
        _listed(
            "start, unstop, subscribe, resubscribe, opt in, optin",
            "iniciar, comenzar, empezar, alta, reanudar, démarrer, commencer, reprendre, starten, anmelden, começar",
            "开始, 開始, 恢复, 恢復, 订阅, 訂閱, 重新订阅, 重新訂閱, ابدأ, بدء, اشتراك",
        ),
        Keyword.START,
    ),
    **dict.fromkeys(
        _listed("help, info, ayuda, información, aide, hilfe, ajuda, 帮助, 幫助, مساعدة, معلومات"),
        Keyword.HELP,
    ),
}
"""Twilio also takes YES for START; here a bare yes may answer anything, so it counts only where Twilio says so."""
