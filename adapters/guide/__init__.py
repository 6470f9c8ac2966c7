"""A reference for people who port code, built as a static site.

Its inputs are a report (:mod:`specs.reporting.reports`) and exhibits (:mod:`adapters.guide.exhibits`). Only the
modules that make pages need Jinja2, Pygments and Matplotlib; gathering exhibits needs none of them.
"""
