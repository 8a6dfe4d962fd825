"""The bank's database: what a caller may ask of it, each call one transaction with an audit row."""

import hmac
import sqlite3
from dataclasses import dataclass
from datetime import date, time

from actions.bank_file import BankFile, now

_LOOK_UP = {
    "number": "SELECT * FROM customers WHERE number = ?",
    "phone": "SELECT * FROM customers WHERE phone = ?",
}


class BankError(RuntimeError):
    """The bank cannot do what was asked; the message says why."""


class NotEnoughMoney(BankError):
    """The account does not hold the amount."""


class SlotTaken(BankError):
    """Another appointment already has that time."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the dialogue and the expert's screen need it (balances in cents).

    `cards` has the one card of each kind that isn't blocked; it may still be in the mail.
    """

    number: str
    name: str
    phone: str
    email: str
    accounts: dict[str, int]
    account_last4: dict[str, str]
    cards: dict[str, str]
    payees: dict[str, str]


class Bank(BankFile):
    """What a caller may ask of the bank; each call one transaction with an audit row."""

    def customer(self, number: str) -> Customer | None:
        """The customer with this six-digit number."""
        return self._customer("number", number)

    def customer_by_phone(self, caller: str) -> Customer | None:
        """The customer who calls from this number ("+15550100"; spaces and dashes ignored)."""
        plain = "+" + "".join(c for c in caller if c.isdigit())
        return self._customer("phone", plain)

    def _customer(self, column: str, value: str) -> Customer | None:
        with self._open() as db:
            row = db.execute(_LOOK_UP[column], (value,)).fetchone()
            if row is None:
                return None
            of = (row["number"],)
            accounts = db.execute(
                "SELECT * FROM accounts WHERE customer = ? ORDER BY id", of
            ).fetchall()
            cards = db.execute(
                "SELECT * FROM cards WHERE customer = ? AND status <> 'blocked' ORDER BY kind DESC",
                of,
            ).fetchall()
            payees = db.execute("SELECT * FROM payees WHERE customer = ?", of).fetchall()
        return Customer(
            number=row["number"],
            name=row["name"],
            phone=row["phone"],
            email=row["email"],
            accounts={a["kind"]: a["balance_cents"] for a in accounts},
            account_last4={a["kind"]: a["account_number"][-4:] for a in accounts},
            cards={c["kind"]: c["last4"] for c in cards},
            payees={p["kind"]: p["name"] for p in payees},
        )

    def check_pin(self, number: str, pin: str, call_id: str) -> bool:
        """Is this the customer's phone PIN? Every try is in the audit."""
        with self._open() as db:
            row = db.execute("SELECT pin FROM customers WHERE number = ?", (number,)).fetchone()
            right = row is not None and hmac.compare_digest(row["pin"], pin)
            self._audit(db, number, "identity", "pin ok" if right else "pin wrong", call_id)
        return right

    def check_card(self, number: str, last4: str, call_id: str) -> bool:
        """Do these four digits end one of the customer's active cards?"""
        with self._open() as db:
            rows = db.execute(
                "SELECT last4 FROM cards WHERE customer = ? AND status = 'active'", (number,)
            ).fetchall()
            right = any(hmac.compare_digest(row["last4"], last4) for row in rows)
            self._audit(db, number, "identity", "card ok" if right else "card wrong", call_id)
        return right

    def balances(self, number: str, call_id: str) -> dict[str, int]:
        """Kind of account to cents; the enquiry is written to the audit."""
        with self._open() as db:
            rows = db.execute(
                "SELECT kind, balance_cents FROM accounts WHERE customer = ? ORDER BY id", (number,)
            ).fetchall()
            self._audit(db, number, "balance", "told by phone", call_id)
        return {row["kind"]: row["balance_cents"] for row in rows}

    def transfer(self, number: str, source: str, target: str, cents: int, call_id: str) -> int:
        """Move money between two own accounts; returns the new balance of `source` in cents."""
        if cents <= 0 or source == target:
            raise BankError("a transfer needs a positive amount and two different accounts")
        with self._open() as db:
            left = self._take(db, number, source, cents)
            moved = db.execute(
                "UPDATE accounts SET balance_cents = balance_cents + ? "
                "WHERE customer = ? AND kind = ?",
                (cents, number, target),
            )
            if moved.rowcount != 1:
                raise BankError(f"no account {target!r}")
            db.execute(
                "INSERT INTO transfers (customer, source, target, amount_cents, call_id, made_at) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (number, source, target, cents, call_id, now()),
            )
            self._audit(db, number, "transfer", f"{cents} {source} to {target}", call_id)
        return left

    def replace_card(self, number: str, kind: str, reason: str, call_id: str) -> tuple[str, str]:
        """Block the card and order a new one: (old last four, new last four)."""
        with self._open() as db:
            card = db.execute(
                "SELECT * FROM cards WHERE customer = ? AND kind = ? AND status <> 'blocked'",
                (number, kind),
            ).fetchone()
            if card is None:
                raise BankError(f"no active {kind} card")
            new_last4 = f"{(int(card['last4']) * 7 + 1301) % 10000:04d}"
            db.execute("UPDATE cards SET status = 'blocked' WHERE id = ?", (card["id"],))
            db.execute(
                "INSERT INTO cards (customer, kind, last4, status) VALUES (?, ?, ?, 'ordered')",
                (number, kind, new_last4),
            )
            db.execute(
                "INSERT INTO card_orders (customer, kind, old_last4, new_last4, reason, call_id, "
                "made_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, kind, card["last4"], new_last4, reason, call_id, now()),
            )
            self._audit(db, number, "card", f"{kind} {card['last4']} {reason}", call_id)
        return card["last4"], new_last4

    def order_cheques(self, number: str, account: str, quantity: int, call_id: str) -> None:
        """Order `quantity` cheques for an account."""
        self._write(
            "INSERT INTO cheque_orders (customer, account, quantity, call_id, made_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (number, account, quantity, call_id, now()),
            (number, "cheques", f"{quantity} {account}", call_id),
        )

    def pay_bill(
        self, number: str, payee: str, cents: int, pay_on: date, today: date, call_id: str
    ) -> int:
        """Pay a bill from checking, now or on a later day; returns what checking then holds."""
        with self._open() as db:
            due = pay_on <= today
            left = self._take(db, number, "checking", cents, only_check=not due)
            db.execute(
                "INSERT INTO bill_payments (customer, payee, account, amount_cents, pay_on, "
                "status, call_id, made_at) VALUES (?, ?, 'checking', ?, ?, ?, ?, ?)",
                (
                    number,
                    payee,
                    cents,
                    pay_on.isoformat(),
                    "paid" if due else "scheduled",
                    call_id,
                    now(),
                ),
            )
            self._audit(db, number, "bill", f"{cents} {payee} {pay_on}", call_id)
        return left

    def reset_password(self, number: str, sent_by: str, call_id: str) -> None:
        """Note that a link for a new password goes out."""
        self._write(
            "INSERT INTO password_resets (customer, sent_by, call_id, made_at) VALUES (?, ?, ?, ?)",
            (number, sent_by, call_id, now()),
            (number, "password", sent_by, call_id),
        )

    def hours(self, branch: str, weekday: int) -> tuple[time, time] | None:
        """When the branch opens and closes on a weekday (0 is Monday); None when closed."""
        with self._open() as db:
            row = db.execute(
                "SELECT opens, closes FROM branch_hours WHERE branch = ? AND weekday = ?",
                (branch, weekday),
            ).fetchone()
        return (
            (time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"])) if row else None
        )

    def note(self, number: str | None, action: str, detail: str, call_id: str) -> None:
        """Write only an audit row."""
        with self._open() as db:
            self._audit(db, number, action, detail, call_id)

    def appointment_taken(self, branch: str, day: date, at: time) -> bool:
        """Is that time at the branch already given away?"""
        with self._open() as db:
            return bool(
                db.execute(
                    "SELECT 1 FROM appointments WHERE branch = ? AND day = ? AND at = ?",
                    (branch, day.isoformat(), at.isoformat("minutes")),
                ).fetchone()
            )

    def book(
        self,
        branch: str,
        day: date,
        at: time,
        name: str,
        topic: str,
        number: str | None,
        call_id: str,
    ) -> None:
        """Book an appointment. Raises SlotTaken where somebody has that time."""
        try:
            self._write(
                "INSERT INTO appointments (branch, day, at, name, topic, customer, call_id, "
                "made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    branch,
                    day.isoformat(),
                    at.isoformat("minutes"),
                    name,
                    topic,
                    number,
                    call_id,
                    now(),
                ),
                (number, "appointment", f"{branch} {day} {at:%H:%M}", call_id),
            )
        except sqlite3.IntegrityError as error:
            raise SlotTaken(f"{branch} {day} {at:%H:%M} is taken") from error

    @staticmethod
    def _take(
        db: sqlite3.Connection, number: str, kind: str, cents: int, only_check: bool = False
    ) -> int:
        row = db.execute(
            "SELECT id, balance_cents FROM accounts WHERE customer = ? AND kind = ?", (number, kind)
        ).fetchone()
        if row is None:
            raise BankError(f"no account {kind!r}")
        left = int(row["balance_cents"])
        if only_check:
            return left
        if left < cents:
            raise NotEnoughMoney(f"{kind} holds {left}, {cents} asked for")
        db.execute("UPDATE accounts SET balance_cents = ? WHERE id = ?", (left - cents, row["id"]))
        return left - cents
