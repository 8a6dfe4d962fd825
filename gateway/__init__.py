"""The conversion gateway between text, voice, e-mail, fax and SMS."""

import voicebot as voicebot  # its settings of libraries come before numpy
