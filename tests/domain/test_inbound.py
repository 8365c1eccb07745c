"""What debtors write back: STOP is heard in every dress, and nothing else is taken for it."""
# ruff: noqa: RUF001  # letters that look like others are what this is about

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.inbound import Inbound, Keyword, keyword


def phrases(text: str) -> list[str]:
    """Read phrases that stand on lines, with a bar between them."""
    return [each.strip() for line in text.strip().splitlines() for each in line.split("|")]


STOP = phrases(
    """
    STOP | stop | Stop | sToP | STOP. | STOP! | STOP!!! | stop? | "STOP" | 'stop' | “Stop” | «stop»
    (stop) | *STOP* | **stop** | _stop_ | -stop- | ...stop... | stop… | stop, | stop :) | stop 🛑
    🛑STOP🛑 | 🙏 stop 🙏 | STOP👋🏽 | ＳＴＯＰ | ｓｔｏｐ | ＳＴＯＰ！ | ⓢⓣⓞⓟ | 𝐒𝐓𝐎𝐏 | s t o p | S.T.O.P. | S-T-O-P
    s_t_o_p | st\u00adop | s\u200bt\u200bo\u200bp | \u202estop\u202c | \ufeffstop | Stóp
    s\u0336t\u0336o\u0336p\u0336 | stop please | Stop please. | please stop | Please, stop! | pls stop
    plz stop | STOP PLEASE!!! | please stop thanks | stop, thank you | stop thanks | Hello, please stop
    hi stop | ok stop | okay, stop now | just stop | kindly stop | Dear Sir, please stop. | sorry stop
    stop now please | stop stop | STOP STOP STOP | Stop. Stop. Stop. | stop it | STOPALL | stop all
    stop sms | Stop texting me | please stop texting me | stop messaging me! | Stop sending me messages.
    Please stop these messages | stop contacting me | UNSUBSCRIBE | unsubscribe | Unsubscribe me please
    UN-SUBSCRIBE ME. STOP | CANCEL | cancel | Cancel. | END | end | QUIT | quit! | REVOKE | OPTOUT
    opt out | Opt-Out | opt-out please | opt me out | REMOVE | remove me | take me off | don't text me
    Don’t text me. | dont text me please | do not contact me | no more texts | STOPP
    I paid yesterday. STOP | I have already paid!! Stop. | STOP! I never owed you anything
    Stop; wrong number | Who is this? Stop | My lawyer will call you. Please stop texting me. | alto
    ALTO | ¡ALTO! | parar | pare por favor | Por favor pare | detener | BAJA | baja, gracias
    Darme de baja | cancelar | Cancelar suscripción | cancelar suscripcion | no más mensajes
    desuscribir | SALIR | fin | arret | ARRÊT | Arrêt svp | arrêter | ARRETER
    arrêtez s'il vous plaît. Stop. | arrêtez merci | désabonner | DESABONNER | désinscription | annuler
    stopp bitte | Bitte stopp! | ABMELDEN | abmelden bitte | abbestellen | aufhören | bitte aufhören
    austragen | ENDE | kündigen | sair | PARAR | parem, por favor | descadastrar | remover
    cancelar inscrição | 退订 | 退訂 | 退订。 | 【退订】 | 退订！ | 退 订 | 请退订 | 請退訂 | 停止 | 停 | 请停止
    停止发送 | 取消订阅 | 取消訂閱 | 拒收 | 取消 | TD | td | ＴＤ | T | 回T退订 | 不要再发 | 别再发了 | 停止，谢谢
    你好，退订 | 我已经还款了。退订 | توقف | إيقاف | ايقاف | أوقف | قف | قِف | تـوقـف | إلغاء
    إلغاء الاشتراك | الغاء الاشتراك | توقف من فضلك | стоп | СТОП!
    """
)
START = phrases(
    """
    START | start | Start. | ＳＴＡＲＴ | s t a r t | UNSTOP | unstop! | subscribe | resubscribe | opt in
    opt-in | iniciar | ALTA | démarrer | REPRENDRE | anmelden | começar | 开始 | 開始 | 恢复 | 重新订阅 | ابدأ
    اشتراك
    """
)
HELP = phrases(
    """
    HELP | help | help! | Help? | ＨＥＬＰ | 🆘 help | INFO | info | ayuda | ¡AYUDA! | Aide | hilfe | Ajuda
    帮助 | 幫助 | مساعدة | información
    """
)
NEITHER = phrases(
    """
    leave me alone | Dear, don't stop | don't stop | Don’t stop | please don't stop | do not stop
    never stop | non-stop | nonstop | I will stop by the bank | I will stop by the bank on Friday.
    Stop by any time | please stop by | where is the bus stop | bus stop | stopped | stopping
    unstoppable | stop payment on the cheque | Stop 4 on line 2 | can you stop the payment
    I want to stop smoking | I cannot stop work until Friday | no pare | no pares | ne pas arrêter
    nicht stoppen | nicht aufhören | não parar | 不停 | 停车 | 停止付款 | 不要停止 | لا تتوقف
    cancel my order please | please cancel | cancel please | in the end | weekend | end of the month
    quit my job | I quit smoking | finish | finally | t-shirt | tdx | yes | YES | Yes please | no | ok
    okay | thanks | thank you | please | hello | start now | please start | let's start
    I will start paying on Monday | when does it start | please help | can you help me | help me
    I need help with this | info please | more info | I paid | I paid yesterday | already paid!!
    Paid 50.00 on 3 March | wrong number | who is this | I dispute this debt | call me
    can I pay next week? | what do I owe | next friday | my lawyer will contact you | I am bankrupt
    she is dead | 我明天还 | 已经还了 | 下周可以吗 | ya pagué | mañana pago | je paie vendredi | ich zahle morgen
    pago amanhã | سأدفع غدا | 🛑 | 👍 | ... | ? | 0 | 1 | 12.50 | +44 7700 900123
    https://example.com/stop | stop@example.com
    """
)


@pytest.mark.parametrize("text", STOP)
def test_stop_is_heard(text: str) -> None:
    assert keyword(text) is Keyword.STOP


@pytest.mark.parametrize(
    ("text", "asked"), [(text, Keyword.START) for text in START] + [(text, Keyword.HELP) for text in HELP]
)
def test_start_and_help_are_heard_when_they_are_all_that_is_said(text: str, asked: Keyword) -> None:
    assert keyword(text) is asked


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_neither_is_for_a_person_to_read(text: str) -> None:
    assert keyword(text) is None


@pytest.mark.parametrize("text", ["", " ", "\n", "\0", "\ud800", "\u200b", "a" * 10_000, "." * 10_000])
def test_nothing_is_asked_for_by_nothing(text: str) -> None:
    assert keyword(text) is None


def test_there_are_phrases_enough_and_none_twice() -> None:
    every = [*STOP, *START, *HELP, *NEITHER]
    assert len(every) >= 300
    assert len(set(every)) == len(every)


@given(st.text(max_size=200))
def test_no_text_whatever_raises(text: str) -> None:
    assert keyword(text) in (None, *Keyword)


@given(
    st.sampled_from([each for each in STOP if each.isascii() and each.isalpha()]),
    st.text(st.characters(categories=["P", "S", "Z"]), max_size=5),
    st.text(st.characters(categories=["P", "S", "Z"]), max_size=5),
    st.booleans(),
)
def test_no_dress_around_the_word_hides_it(word: str, before: str, after: str, wide: bool) -> None:
    text = "".join(chr(ord(each) + 0xFEE0) for each in word) if wide else word
    # A symbol that is nothing but letters in a frame, such as a circled one, is a word of its own.
    dressed = before + text + after
    spelt = unicodedata.normalize("NFKD", before + after)
    if not any(each.isalnum() for each in spelt):
        assert keyword(dressed) is Keyword.STOP


@pytest.mark.parametrize("text", ["stop", "START", "help", "yes", ""])
def test_a_stop_that_the_provider_heard_is_one(text: str) -> None:
    assert keyword(text, "STOP") is Keyword.STOP


@pytest.mark.parametrize(
    ("text", "theirs", "asked"),
    [
        ("yes", "START", Keyword.START),
        ("si", "HELP", Keyword.HELP),
        ("please stop", "START", Keyword.STOP),
        ("start", "HELP", Keyword.HELP),
        ("start", "start", Keyword.START),
        ("yes", "start", None),
        ("yes", "", None),
        ("yes", None, None),
    ],
)
def test_what_the_provider_made_of_it_counts_unless_it_is_a_stop(
    text: str, theirs: str | None, asked: Keyword | None
) -> None:
    assert keyword(text, theirs) is asked


def test_a_message_shows_neither_who_wrote_it_nor_what() -> None:
    inbound = Inbound("twilio", "SM1", "sms", "+447700900123", "the words", None, "+15550100")
    assert repr(inbound) == "Inbound(provider='twilio', event_id='SM1', channel='sms', keyword=None)"
