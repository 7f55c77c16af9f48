"""Letters to those who are called to meetings, and to those who owe an answer or an action; each once, in time, true.

Promises: the same event heard twice makes one letter; a letter the mail server has not taken is tried again as long as
it is worth sending, by whichever replica is there; what is not true any more is not sent; no letter can hold anything
about a young person. Mail is at least once: a process killed between the server's yes and the commit sends the letter
again, under the same Message-ID.
"""
