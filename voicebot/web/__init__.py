"""The pages: templates and what they load. Plain HTML and ES modules, nothing is built."""
