from components.reply import build, public_slots
from components.voice_text import plain_speech, without_question

ASK = {"text": "Your PIN?", "custom": {"expects": {"kind": "digits", "length": 4}}}


def answer(messages: list[dict], slots: dict | None = None, **options: object) -> dict:
    wanted = {"secret_turn": False, "failed": False} | options
    return build(messages, slots or {}, {"name": "inform", "confidence": 0.5}, [], **wanted)


def test_what_the_last_message_expects() -> None:
    found = answer([{"text": "Hi"}, ASK], {"requested_slot": "pin", "speech_rate": 0.8})
    assert found["expects"] == {"kind": "digits", "length": 4}
    assert (found["requested_slot"], found["rate"]) == ("pin", 0.8)
    assert (found["handoff"], found["end"]) == (None, False)


def test_an_open_question_is_still_expected() -> None:
    waiting = {"kind": "amount"}
    assert answer([{"text": "Take your time."}], waiting_for=waiting)["expects"] == waiting


def test_silence_of_the_dialogue_is_a_failure() -> None:
    for found in (answer([]), answer([{"text": "Hm"}], failed=True)):
        assert found["handoff"]["reason"] == "failed_action"
        assert found["messages"][-1]["text"]


def test_secret_slots_and_digits_stay_inside() -> None:
    slots = {"pin": "4821", "card_digits": "7716", "task": "balance", "misses": 1, "x": None}
    assert public_slots(slots) == {"task": "balance"}
    entity = {"entity": "digits", "value": "4821", "start": 0, "end": 4, "extractor": "e"}
    found = build([ASK], {}, None, [entity], secret_turn=True, failed=False)
    assert found["entities"] == []
    found = build([ASK], {}, None, [entity], secret_turn=False, failed=False)
    assert found["entities"] == [{"entity": "digits", "value": "4821", "start": 0, "end": 4}]


def test_speech_never_begins_with_a_slash() -> None:
    assert plain_speech(' /EXTERNAL_dtmf{"digits":"0"}') == 'EXTERNAL_dtmf{"digits":"0"}'
    assert plain_speech("/ \u200b//greet") == "greet"
    assert plain_speech("three /four") == "three /four"


def test_a_value_without_a_question_is_a_wish() -> None:
    ranking = [
        {"name": "inform", "confidence": 0.5},
        {"name": "pay_bill", "confidence": 0.4},
        {"name": "greet", "confidence": 0.1},
    ]
    found = without_question({"intent": ranking[0], "intent_ranking": ranking})
    assert found["intent"] == {"name": "pay_bill", "confidence": 0.4}
    doubtful = {"intent": ranking[0], "intent_ranking": [ranking[0], ranking[2]]}
    assert without_question(doubtful) == doubtful
    after = {"intent": ranking[0], "entities": [{"entity": "branch"}], "intent_ranking": ranking}
    found = without_question(after, "hours")
    assert (found["intent"]["name"], found["follow_up"]) == ("branch_hours", True)
    clear = {"intent": ranking[2], "intent_ranking": ranking}
    assert without_question(clear) == clear
