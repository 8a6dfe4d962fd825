"""Whole calls through the channel: Rasa, the custom actions and the bank are the real ones."""

from __future__ import annotations

from typing import Any

import pytest

from tests.nlu_data.calls import Bot, Call

pytestmark = [pytest.mark.rasa, pytest.mark.slow]

MARIA, JAMES, AISHA = "+15550100", "+15550101", "+15550102"
HANDOFF = {"topic", "reason", "skill"}


def test_balance(bot: Bot) -> None:
    call = bot.call("+15550106")
    assert call.last["slots"]["customer"]["name"] == "Linda Chen"
    assert call.last["slots"]["customer"]["verified"] is False
    call.say("Uh, what's my balance, please?")
    assert call.last["requested_slot"] == "pin"
    assert call.last["expects"]["kind"] == "digits"
    assert call.last["expects"]["length"] == 4
    assert call.last["expects"]["sensitive"] is True
    call.say("Three, four, seven, two.")
    assert "$2,155.90 in checking and $6,100.00 in savings" in call.heard
    assert call.last["slots"]["customer"]["verified"] is True
    assert "3472" not in str(call.last["slots"]) + str(call.last["entities"])
    assert [row["action"] for row in bot.rows("audit", call)] == ["identity", "balance"]
    call.say("no that's all thank you")
    assert call.last["end"] is True


def test_transfer(bot: Bot) -> None:
    before = bot.balance("480193", "savings")
    call = bot.call(AISHA)
    call.say("i'd like to move two hundred dollars from checking to savings", "2764")
    assert "You want to move $200.00 from checking to savings" in call.heard
    assert call.last["slots"]["proposal"] == "move $200.00 from checking to savings"
    assert call.last["slots"]["task"] == "transfer"
    assert call.last["expects"]["kind"] == "yes_no"
    call.say("yes please")
    (row,) = bot.rows("transfers", call)
    assert (row["source"], row["target"], row["amount_cents"]) == ("checking", "savings", 20000)
    assert bot.balance("480193", "savings") == before + 20000


def test_card(bot: Bot) -> None:
    call = bot.call("+15550108")
    call.say("I think somebody stole my wallet.", "seven seven four one", "the debit card")
    if call.last["requested_slot"] == "card_reason":
        call.say("it was stolen")
    assert "card ending in 3958" in call.heard
    call.say("yeah")
    (row,) = bot.rows("card_orders", call)
    assert (row["kind"], row["old_last4"], row["reason"]) == ("debit", "3958", "stolen")


def test_cheques(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("i need a new checkbook", "4821", "checking", "fifty", "yes")
    (row,) = bot.rows("cheque_orders", call)
    assert (row["account"], row["quantity"]) == ("checking", 50)


def test_bill(bot: Bot) -> None:
    call = bot.call("+15559999")
    call.say("pay my electric bill")
    assert call.last["requested_slot"] == "customer_number"
    call.say("two oh four eight one five", "4821", "eighty five dollars", "next tuesday")
    assert "pay $85.00 to Coastline Electric on Tuesday, 1 December" in call.heard
    call.say("yes do it")
    (row,) = bot.rows("bill_payments", call)
    found = (row["payee"], row["amount_cents"], row["pay_on"], row["status"])
    assert found == ("electric", 8500, "2026-12-01", "scheduled")


def test_password(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("I can't log in to online banking", "4821", "by text please", "yes")
    (row,) = bot.rows("password_resets", call)
    assert row["sent_by"] == "text message"


def test_appointment_without_identification(bot: Bot) -> None:
    call = bot.call()
    call.say("i'd like to make an appointment at riverside", "next tuesday", "ten thirty")
    call.say("a mortgage", "maria lopez")
    assert "Riverside on Tuesday, 1 December at 10:30 AM" in call.heard
    call.say("no make it two thirty")
    assert "2:30 PM" in call.heard
    call.say("yes")
    (row,) = bot.rows("appointments", call)
    found = (row["branch"], row["day"], row["at"], row["name"])
    assert found == ("Riverside", "2026-12-01", "14:30", "Maria Lopez")


def test_hours(bot: Bot) -> None:
    call = bot.call()
    call.say("what time do you close", "old town")
    assert "Old Town is open today from 9:30 AM to 4:30 PM" in call.heard
    call.say("is riverside open on monday")
    assert "Riverside is closed" in call.heard
    assert [row["action"] for row in bot.rows("audit", call)] == ["hours", "hours"]


def test_a_further_question(bot: Bot) -> None:
    call = bot.call(AISHA)
    call.say("what time does the airport branch close on sunday", "and riverside")
    assert "Riverside is closed on Sunday" in call.heard
    call.say("what about tomorrow")
    assert "Riverside is open on Wednesday" in call.heard
    call.say("how much is in my savings", "2764", "and what about my checking")
    assert "in checking" in call.heard
    assert "savings" not in call.heard


def test_a_change_of_mind(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("transfer money", "4821", "from checking", "fifty")
    assert "$50.00" in call.heard
    call.say("Actually no, make it two hundred.")
    assert "move $200.00 from checking to savings" in call.heard
    call.say("forget that, what is my balance")
    assert "You have" in call.heard
    assert call.last["requested_slot"] is None
    assert bot.rows("transfers", call) == []


def test_a_question_in_between_and_back(bot: Bot) -> None:
    call = bot.call(AISHA)
    call.say("move 100 dollars from savings to checking", "2764", "what's my balance")
    assert "You have" in call.heard
    assert call.last["requested_slot"] == "transfer_confirm"
    call.say("when does market street close")
    assert "Market Street is open" in call.heard
    assert "move $100.00 from savings to checking" in call.heard
    call.say("yes")
    assert len(bot.rows("transfers", call)) == 1


def test_money_for_somebody_else(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("i want to send money to my daughter")
    assert "your own accounts" in call.heard
    assert call.last["requested_slot"] is None


def test_three_wrong_pins(bot: Bot) -> None:
    call = bot.call(JAMES)
    call.say("balance", "one two three four", "1111")
    assert call.last["handoff"] is None
    call.key("2222")
    assert call.last["handoff"] == {"reason": "identity", "topic": "balance", "skill": "accounts"}


def test_the_card_instead_of_a_forgotten_pin(bot: Bot) -> None:
    call = bot.call(JAMES)
    call.say("balance", "i don't remember my pin")
    assert call.last["requested_slot"] == "card_digits"
    assert call.last["expects"]["sensitive"] is True
    call.say("one two four eight")
    assert "You have" in call.heard


def test_keys(bot: Bot) -> None:
    call = bot.call(JAMES)
    call.key("12")
    assert "keys" in call.heard
    call.say("what's my balance")
    call.key("9035")
    assert "You have" in call.heard
    call.say("pay the water bill")
    call.key("20")
    call.say("today")
    call.key("2")
    assert "changed nothing" in call.heard
    call.key("0")
    assert call.last["handoff"]["reason"] == "asked"
    assert set(call.last["handoff"]) == HANDOFF


def test_zero_in_the_middle_of_a_pin(bot: Bot) -> None:
    call = bot.call(JAMES)
    call.say("what's my balance")
    assert call.key("0")["handoff"]["reason"] == "asked"


def test_repeat_and_slower(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("pay a bill", "4821")
    asked = call.heard.removeprefix("Thank you. ")
    call.say("sorry can you repeat that")
    assert call.heard.endswith(asked)
    assert call.last["expects"]["kind"] == "choice"
    assert call.last["rate"] == 1.0
    call.say("could you speak a bit slower")
    assert call.heard.endswith(asked)
    assert call.last["rate"] == 0.8
    call.say("water")
    assert (call.last["requested_slot"], call.last["rate"]) == ("bill_amount", 0.8)


def test_goodbye_in_the_middle_of_a_task_ends_it(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("i want to pay a bill", "no thank you goodbye")
    assert call.last["end"] is True
    assert [m["text"] for m in call.last["messages"]] == [
        "Thank you for calling Harbour Bank. Goodbye."
    ]


def test_silence(bot: Bot) -> None:
    call = bot.call()
    heard = []
    for _ in range(3):
        call.event("silence")
        heard.append(call.heard)
    assert len(set(heard)) == 3
    assert call.last["end"] is True


def test_not_understood(bot: Bot) -> None:
    call = bot.call()
    heard = []
    for _ in range(3):
        call.event("not_understood")
        heard.append(call.heard)
    assert len(set(heard)) == 3
    assert "press zero" in heard[1]
    assert call.last["handoff"]["reason"] == "not_understood"


def test_not_understood_in_a_form_and_back_from_the_expert(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("pay a bill", "4821", "water")
    call.say("the green turtle sings")
    call.event("not_understood")
    assert "eighty five dollars" in call.heard
    call.event("not_understood")
    assert call.last["handoff"] == {
        "reason": "not_understood",
        "topic": "bill",
        "skill": "payments",
    }
    call.event("resume")
    assert call.last["requested_slot"] == "bill_amount"


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("there's a payment on my account that i never made", "fraud"),
        ("i want to make a complaint", "complaint"),
        ("i'm interested in a mortgage", "loan"),
        ("my husband passed away", "bereavement"),
    ],
)
def test_topics_for_a_person(bot: Bot, said: str, topic: str) -> None:
    call = bot.call(MARIA)
    call.say(said)
    assert (call.last["handoff"]["reason"], call.last["handoff"]["topic"]) == ("topic", topic)


@pytest.mark.parametrize(
    "said", ['/EXTERNAL_dtmf{"digits":"0"}', "/goodbye", " //talk_to_person", "/restart"]
)
def test_speech_is_never_a_command(bot: Bot, said: str) -> None:
    body = {"text": said}
    intent = bot.post("/parse", body).json()["intent"]
    assert not intent["name"].startswith("EXTERNAL_")
    assert intent["confidence"] < 1.0
    call = bot.call()
    assert call.say(said)["intent"]["confidence"] < 1.0


def test_another_hearing_helps(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("watts mabel ants", alternatives=["what's my balance"])
    assert call.last["intent"]["name"] == "check_balance"


def test_parse_has_no_effect(bot: Bot) -> None:
    found = bot.post("/parse", {"text": "move two hundred dollars to savings"}).json()
    assert found["intent"]["name"] == "transfer_money"
    assert {"entity": "amount", "value": 200.0, "start": 5, "end": 24} in found["entities"]
    assert len(found["alternatives"]) == 5


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/turn", {"call_id": "x"}, 400),
        ("/turn", {"call_id": "x", "text": 5}, 400),
        ("/turn", {"text": "hello"}, 400),
        ("/turn", ["hello"], 400),
        ("/turn", {"call_id": "x", "text": "a" * 2001}, 413),
        ("/event", {"call_id": "x", "name": "explode"}, 400),
        ("/event", {"call_id": "x", "name": "dtmf", "payload": [1]}, 400),
        ("/parse", {}, 400),
    ],
)
def test_honest_status_codes(bot: Bot, path: str, body: Any, status: int) -> None:
    answer = bot.post(path, body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_the_door(bot: Bot) -> None:
    assert bot.post("/turn", content=b"{not json").status_code == 400
    for secret in ("", "wrong"):
        answer = bot.post(
            "/turn",
            {"call_id": "x", "text": "hello"},
            headers={"X-Voicebot-Secret": secret},
        )
        assert answer.status_code == 401
    assert bot.health().json()["model_id"]


def test_a_call_can_be_long_and_can_end(bot: Bot) -> None:
    call = bot.call(MARIA)
    call.say("what's my balance", "4821")
    for _ in range(60):
        call.say("what are your hours at the airport")
    call.say("what's my balance")
    assert "You have" in call.heard
    assert bot.post("/end", {"call_id": call.call_id}).status_code == 200
    call.say("what's my balance")
    assert call.last["requested_slot"] == "customer_number"


ASR_LIKE = [
    ("what s my ballance", "check_balance"),
    ("how much money do i half in checking", "check_balance"),
    ("i want two transfer two hundred dollars too savings", "transfer_money"),
    ("move fifty dollars from checking too saving", "transfer_money"),
    ("i lost my cart", "replace_card"),
    ("my card was stollen yesterday", "replace_card"),
    ("i need more cheks", "order_cheques"),
    ("pay my elect rick bill", "pay_bill"),
    ("i wanna pay the water bell", "pay_bill"),
    ("i forgot my pass word", "reset_password"),
    ("make an appointmint at river side", "make_appointment"),
    ("what time does the air port branch close", "branch_hours"),
    ("can i speak too a person", "talk_to_person"),
]


@pytest.mark.parametrize(("said", "intent"), ASR_LIKE)
def test_what_a_recognizer_makes_of_it(bot: Bot, said: str, intent: str) -> None:
    assert bot.post("/parse", {"text": said}).json()["intent"]["name"] == intent


def test_nothing_that_was_said_is_in_the_logs(bot: Bot) -> None:
    call: Call = bot.call(MARIA)
    call.say("what's my balance", "4821", "xylophone orchestra")
    log = bot.log.read_text(encoding="utf-8", errors="replace")
    assert "4821" not in log
    assert "xylophone" not in log
    assert "what's my balance" not in log


def test_z_a_dead_action_server_is_admitted(bot: Bot) -> None:
    call = bot.call(MARIA)
    with bot.without_actions():
        call.say("what's my balance")
        assert "Something went wrong" in call.heard
        assert call.last["handoff"]["reason"] == "failed_action"
        call = bot.call(JAMES)
        assert call.last["handoff"]["reason"] == "failed_action"
