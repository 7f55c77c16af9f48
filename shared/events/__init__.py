"""Every message that travels, one file per publisher.

`agencies` and `answers` are the fixed contract with agency systems; the other files are the house's own
events. Those carry ids, codes, times and `person_ref`, never a name, an identity number, free text or payload.
"""
