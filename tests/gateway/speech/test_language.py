"""Which language is it?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.speech.language import language_of

TEXTS = {
    "en": "Please note that the branch will be closed on Monday and that you can call us.",
    "de": "Bitte beachten Sie, dass die Filiale am Montag geschlossen ist und wir nicht da sind.",
    "fr": "Veuillez noter que la banque est fermée lundi et que vous pouvez nous appeler.",
    "es": "Le informamos de que la oficina está cerrada el lunes y que puede llamar por teléfono.",
    "it": "Le comunichiamo che la filiale è chiusa e che non sono aperti gli uffici della banca.",
    "pt": "Informamos que a agência está fechada na segunda e que você não pode vir ao banco.",
    "nl": "Het kantoor is maandag gesloten, maar we zijn er dinsdag weer en u kunt ons bellen.",
    "sv": "Kontoret är stängt på måndag och du kan inte ringa oss, men vi är tillbaka på tisdag.",
    "pl": "Oddział jest zamknięty w poniedziałek i nie można do nas dzwonić, ale jest to krótko.",
    "ru": "Отделение закрыто в понедельник, но вы можете позвонить нам по этому номеру.",
    "uk": "Відділення зачинене в понеділок, але ви можете зателефонувати їм.",
    "el": "Το κατάστημα είναι κλειστό τη Δευτέρα.",
    "ja": "月曜日は休業です。お電話ください。",
    "zh": "星期一银行关门。请打电话给我们。",
    "ko": "월요일에는 문을 닫습니다.",
    "ar": "البنك مغلق يوم الاثنين.",
    "hi": "सोमवार को बैंक बंद है।",
}


@pytest.mark.parametrize("code", TEXTS)
def test_languages(code):
    assert language_of(TEXTS[code]) == code


@pytest.mark.parametrize("text", ["", "12345", "Okay", "Smith, John", "xyz " * 30])
def test_it_does_not_guess(text):
    assert language_of(text) is None


@given(st.text(max_size=200))
def test_any_text_is_no_trouble(text):
    assert language_of(text) is None or len(language_of(text)) == 2
