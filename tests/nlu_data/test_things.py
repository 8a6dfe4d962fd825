import pytest
from spoken.corrections import split_correction
from spoken.things import BRANCHES, PAYEES, REASONS, accounts, last_mention, person_name, yes_no
from spoken.tokens import normalise, tokens, words


@pytest.mark.parametrize(
    ("said", "roles"),
    [
        ("move 50 from checking to savings", {"from": "checking", "to": "savings"}),
        ("into my savings out of checking", {"from": "checking", "to": "savings"}),
        ("from checking no from savings", {"from": "savings"}),
        ("take it from savings into money market", {"from": "savings", "to": "money market"}),
        ("savings to checking", {"any": "savings", "to": "checking"}),
        ("Checking, please.", {"any": "checking"}),
    ],
)
def test_accounts_and_their_parts(said: str, roles: dict[str, str]) -> None:
    assert accounts(words(said)) == roles


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Yes.", True),
        ("yeah go ahead", True),
        ("that's right", True),
        ("okay", True),
        ("Uh-huh.", True),
        ("mm hmm", True),
        ("No.", False),
        ("no thanks", False),
        ("don't do it", False),
        ("yes no wait", False),
        ("no problem", True),
        ("that is not right", False),
        ("two hundred dollars", None),
        ("", None),
        ("know", False),
        ("okay can you repeat that", None),
        ("repeat please", None),
        ("please", None),
        ("right what was that", None),
        ("agent please", None),
        ("okay please do that then", True),
        ("yes yes that's right", True),
        ("do i have enough", None),
        ("is it", None),
        ("i do not", False),
        ("why", None),
    ],
)
def test_yes_and_no(said: str, meant: bool | None) -> None:
    assert yes_no(words(said)) is meant


def test_the_last_thing_said_counts() -> None:
    assert last_mention(words("the water no the electric bill"), PAYEES) == "electric"
    assert last_mention(words("at old town or rather at Riverside"), BRANCHES) == "Riverside"
    assert last_mention(words("i can't find it"), REASONS) == "lost"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("my name is maria lopez", "Maria Lopez"),
        ("It's Peter Novak.", "Peter Novak"),
        ("put it under grace please", "Grace"),
        ("four eight 21", None),
        ("i would like to think about that a little", None),
    ],
)
def test_names(said: str, name: str | None) -> None:
    found = person_name(words(said))
    assert found == name or (name is None and found != name and "4" not in str(found))


@pytest.mark.parametrize(
    ("said", "kind", "rest"),
    [
        ("Forget that, what is my balance?", "cancel", "what is my balance"),
        ("actually no, make it two hundred", "change", "make it two hundred"),
        ("no wait i mean savings", "change", "savings"),
        ("never mind", None, "never mind"),
        ("what is my balance", None, "what is my balance"),
    ],
)
def test_corrections(said: str, kind: str | None, rest: str) -> None:
    assert split_correction(said) == (kind, rest)


def test_one_normal_form() -> None:
    assert normalise("Um, I'd like $1,200.50, PLEASE!") == "i'd like $1,200.50 please"
    assert normalise("I\u2019d") == "i'd"
    for token in tokens("Move $50, uh, to Savings at 2 p.m."):
        assert (
            token.text == "Move $50, uh, to Savings at 2 p.m."[token.start : token.end].lower()
            or token.text == "pm"
        )
