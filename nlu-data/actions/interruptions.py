"""Does the caller answer the form's question, or do they want something else? Pure."""

from actions.tasks import BY_INTENT, Task

OUTSIDE = frozenset({"EXTERNAL_start", "EXTERNAL_silence", "EXTERNAL_resume"})
CONTROL = frozenset(
    {
        "repeat",
        "slower",
        "faster",
        "help",
        "talk_to_person",
        "goodbye",
        "cancel",
        "start_over",
        "hold_on",
        "bot_challenge",
    }
)
TOPICS = frozenset({"report_fraud", "complaint", "ask_loan", "bereavement"})
POLITE = frozenset({"greet", "thanks"})
OPEN_SLOTS = frozenset({"appointment_topic", "appointment_name"})

SURE = 0.45
VERY_SURE = 0.6
CERTAIN = 0.75


def interrupts(
    task: Task, asked: str, intent: str, confidence: float, length: int, answered: bool
) -> bool:
    """True where the rules, not the form, should deal with this turn.

    `length` is the number of words, `answered` whether the turn holds a value for `asked`. The
    more it looks like an answer, the surer the classifier has to be of something else.
    """
    if intent in OUTSIDE:
        return True
    if asked in OPEN_SLOTS:
        return intent in CONTROL and confidence >= SURE
    other_task = intent in BY_INTENT and BY_INTENT[intent] is not task
    if not (other_task or intent in CONTROL | TOPICS | POLITE):
        return False
    if intent in POLITE:
        return not answered and confidence >= VERY_SURE
    if not answered:
        return confidence >= (VERY_SURE if intent in TOPICS else SURE)
    if asked.endswith("_confirm") and intent == "cancel":
        return False
    if intent in TOPICS:
        return confidence >= CERTAIN and length >= 5
    return confidence >= VERY_SURE and length >= 4
