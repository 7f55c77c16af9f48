"""`reporting` promises a picture of every week: what was reported, by whom, what is missing, which meetings were held.

It hears ids, codes and counts, and keeps nothing that points to a person. A picture is made at the week's deadline and
made again whenever something late changes it; an actor that owes a report is told once that it is missing.
"""
