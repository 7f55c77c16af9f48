"""Letters to those who are called to a meeting: an invitation each, and a reminder each before it begins.

Promises: the same event heard twice makes one letter; a letter the mail server has not taken is tried again until the
meeting begins, by whichever replica is there; no letter can hold anything about a young person. Mail is at least once:
a process killed between the server's yes and the commit sends the letter again, under the same Message-ID.
"""
