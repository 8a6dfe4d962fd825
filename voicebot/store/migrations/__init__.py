"""Migrations of the record's database; `Database.upgrade` runs them."""
