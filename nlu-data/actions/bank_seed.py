"""Tables of the demonstration bank and the customers it begins with (always the same)."""

import sqlite3

SCHEMA = """
CREATE TABLE customers (number TEXT PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL, pin TEXT NOT NULL);
CREATE TABLE accounts (id INTEGER PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers(number),
  kind TEXT NOT NULL, account_number TEXT NOT NULL UNIQUE, balance_cents INTEGER NOT NULL
  CHECK (balance_cents >= 0), UNIQUE (customer, kind));
CREATE TABLE cards (id INTEGER PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers(number),
  kind TEXT NOT NULL, last4 TEXT NOT NULL, status TEXT NOT NULL);
CREATE TABLE payees (customer TEXT NOT NULL REFERENCES customers(number), kind TEXT NOT NULL,
  name TEXT NOT NULL, PRIMARY KEY (customer, kind));
CREATE TABLE branches (name TEXT PRIMARY KEY, address TEXT NOT NULL);
CREATE TABLE branch_hours (branch TEXT NOT NULL REFERENCES branches(name), weekday INTEGER NOT NULL,
  opens TEXT NOT NULL, closes TEXT NOT NULL, PRIMARY KEY (branch, weekday));
CREATE TABLE transfers (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, source TEXT NOT NULL,
  target TEXT NOT NULL, amount_cents INTEGER NOT NULL, call_id TEXT NOT NULL,
  made_at TEXT NOT NULL);
CREATE TABLE card_orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, kind TEXT NOT NULL,
  old_last4 TEXT NOT NULL, new_last4 TEXT NOT NULL, reason TEXT NOT NULL, call_id TEXT NOT NULL,
  made_at TEXT NOT NULL);
CREATE TABLE cheque_orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, account TEXT NOT NULL,
  quantity INTEGER NOT NULL, call_id TEXT NOT NULL, made_at TEXT NOT NULL);
CREATE TABLE bill_payments (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, payee TEXT NOT NULL,
  account TEXT NOT NULL, amount_cents INTEGER NOT NULL, pay_on TEXT NOT NULL, status TEXT NOT NULL,
  call_id TEXT NOT NULL, made_at TEXT NOT NULL);
CREATE TABLE password_resets (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, sent_by TEXT NOT NULL,
  call_id TEXT NOT NULL, made_at TEXT NOT NULL);
CREATE TABLE appointments (id INTEGER PRIMARY KEY, branch TEXT NOT NULL, day TEXT NOT NULL,
  at TEXT NOT NULL, name TEXT NOT NULL, topic TEXT NOT NULL, customer TEXT, call_id TEXT NOT NULL,
  made_at TEXT NOT NULL, UNIQUE (branch, day, at));
CREATE TABLE audit (id INTEGER PRIMARY KEY, customer TEXT, action TEXT NOT NULL,
  detail TEXT NOT NULL, call_id TEXT NOT NULL, made_at TEXT NOT NULL);
"""

# number, name, phone PIN, caller's number, last four of debit and credit card,
# and cents in checking, savings, money market
CUSTOMERS: tuple[tuple[str, str, str, str, tuple[str, str | None], int, int, int | None], ...] = (
    ("204815", "Maria Lopez", "4821", "+15550100", ("7716", "3092"), 123450, 845000, None),
    ("317026", "James Carter", "9035", "+15550101", ("1248", None), 48219, 120000, None),
    ("480193", "Aisha Rahman", "2764", "+15550102", ("5530", "8841"), 301075, 1500000, 2500000),
    ("562740", "Peter Novak", "6618", "+15550103", ("9027", "4416"), 9520, 31000, None),
    ("619382", "Grace Okafor", "1357", "+15550104", ("6603", None), 76010, 54025, None),
    ("735201", "Daniel Weiss", "8090", "+15550105", ("2195", "7750"), 512000, 4200000, 900000),
    ("148859", "Linda Chen", "3472", "+15550106", ("8364", "1127"), 215590, 610000, None),
    ("926404", "Robert Walsh", "5209", "+15550107", ("4071", None), 33300, 250, None),
    ("273916", "Sofia Rossi", "7741", "+15550108", ("3958", "6204"), 180000, 99999, None),
    ("851067", "Thomas Berg", "1906", "+15550109", ("5512", "2883"), 64275, 780000, 125000),
    ("390528", "Hannah Kim", "6283", "+15550110", ("7129", None), 145005, 300000, None),
    ("604173", "Omar Haddad", "4950", "+15550111", ("8846", "5937"), 271830, 66000, None),
    ("718245", "Emily Brooks", "0817", "+15550112", ("1603", "9478"), 88800, 410000, None),
    ("482690", "Victor Santos", "3325", "+15550113", ("6257", None), 5075, 1200, None),
)

_PAYEES = {
    "electric": "Coastline Electric",
    "water": "Harbour City Water",
    "phone": "Bluebell Mobile",
    "rent": "Quayside Properties",
    "gas": "Northern Gas",
    "internet": "Lantern Broadband",
}
_MISSING_PAYEES = {"317026": {"rent"}, "619382": {"gas", "internet"}, "926404": {"rent", "water"}}

_BRANCHES = {
    "Market Street": ("12 Market Street", dict.fromkeys(range(5), ("09:00", "17:00"))),
    "Riverside": ("4 Riverside Walk", dict.fromkeys(range(1, 5), ("10:00", "18:00"))),
    "Airport": ("Terminal 2, arrivals level", dict.fromkeys(range(7), ("07:00", "20:00"))),
    "Old Town": ("31 Cathedral Square", dict.fromkeys(range(5), ("09:30", "16:30"))),
}
_SATURDAYS = {"Market Street": ("09:00", "13:00"), "Riverside": ("10:00", "16:00")}


def seed(connection: sqlite3.Connection) -> None:
    """Create every table and fill in the demonstration data, in one transaction."""
    connection.executescript("BEGIN;" + SCHEMA)
    for at, row in enumerate(CUSTOMERS):
        _add_customer(connection, at, row)
    for name, (address, hours) in _BRANCHES.items():
        connection.execute("INSERT INTO branches VALUES (?, ?)", (name, address))
        week = hours | ({5: _SATURDAYS[name]} if name in _SATURDAYS else {})
        connection.executemany(
            "INSERT INTO branch_hours VALUES (?, ?, ?, ?)",
            [(name, weekday, opens, closes) for weekday, (opens, closes) in week.items()],
        )
    connection.commit()


def _add_customer(
    connection: sqlite3.Connection,
    at: int,
    row: tuple[str, str, str, str, tuple[str, str | None], int, int, int | None],
) -> None:
    number, name, pin, phone, (debit, credit), checking, savings, market = row
    email = f"{name.lower().replace(' ', '.')}@example.com"
    connection.execute(
        "INSERT INTO customers VALUES (?, ?, ?, ?, ?)", (number, name, phone, email, pin)
    )
    balances = {"checking": checking, "savings": savings, "money market": market}
    for kind_at, (kind, balance) in enumerate(balances.items()):
        if balance is not None:
            account_number = f"40{at:02d}{int(number) * (3 + 4 * kind_at) % 1000000:06d}"
            connection.execute(
                "INSERT INTO accounts (customer, kind, account_number, balance_cents) "
                "VALUES (?, ?, ?, ?)",
                (number, kind, account_number, balance),
            )
    for kind, last4 in (("debit", debit), ("credit", credit)):
        if last4:
            connection.execute(
                "INSERT INTO cards (customer, kind, last4, status) VALUES (?, ?, ?, 'active')",
                (number, kind, last4),
            )
    left_out = _MISSING_PAYEES.get(number, set())
    connection.executemany(
        "INSERT INTO payees VALUES (?, ?, ?)",
        [(number, kind, payee) for kind, payee in _PAYEES.items() if kind not in left_out],
    )
