#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Parses mails with Python's email package: a second opinion on what we compose.

stdin: for each mail its length in decimal, a newline, its bytes. stdout: for each mail one
line of JSON with its headers, as a reader of mail sees them, and its parts. Ends with stdin.
"""
import email
import email.header
import email.policy
import email.utils
import json
import sys


def mailbox(mail, name):
    """Display name and address of the one mailbox in a header, or None.

    The name is read by the older decode_header(): the newer parser puts a space between two
    encoded words of a name (but not of a subject), and makes one space of two.
    """
    header = mail[name]
    if header is None or len(header.addresses) != 1:
        return None
    raw = next(value for key, value in mail.raw_items() if key == name)
    phrase = email.utils.parseaddr("".join(raw.splitlines()))[0]
    shown = str(email.header.make_header(email.header.decode_header(phrase)))
    return [shown, header.addresses[0].addr_spec]


def describe(raw):
    mail = email.message_from_bytes(raw, policy=email.policy.SMTPUTF8)
    parts = [{
        "type": part.get_content_type(),
        "charset": part.get_content_charset(),
        "encoding": part["Content-Transfer-Encoding"],
        "text": part.get_payload(decode=True).decode("utf-8"),
    } for part in mail.walk() if not part.is_multipart()]
    return {
        "names": mail.keys(),
        "from": mailbox(mail, "From"),
        "to": mailbox(mail, "To"),
        "reply_to": mailbox(mail, "Reply-To"),
        "subject": str(mail["Subject"]),
        "date": int(mail["Date"].datetime.timestamp()),
        "message_id": str(mail["Message-ID"]),
        "language": mail["Content-Language"],
        "type": mail.get_content_type(),
        "parts": parts,
        # An empty reply is fine: Python found nothing odd.
        "defects": [str(d) for part in mail.walk() for d in part.defects]
                   + [str(d) for h in mail.values() for d in h.defects],
    }


def main():
    source = sys.stdin.buffer
    for line in iter(source.readline, b""):
        print(json.dumps(describe(source.read(int(line)))), flush=True)


main()
