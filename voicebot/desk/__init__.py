"""Human seats: routing, ringing, the dossier of a call."""
