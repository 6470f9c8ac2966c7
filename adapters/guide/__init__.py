"""The reference for people who port code, as a site of plain files: data in, files out.

It is made from a report (:mod:`specs.reporting.reports`) and from exhibits (:mod:`adapters.guide.exhibits`). Only the
modules that make pages need Jinja2, Pygments and Matplotlib; what gathers exhibits needs none of them.
"""
