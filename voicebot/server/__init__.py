"""The thin shell: sockets, processes, pages."""
