"""The conversion gateway between text, voice, e-mail, fax and SMS."""
