"""What would have been with other settings, told from the journals of calls: nobody is called."""
