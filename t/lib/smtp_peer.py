#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real SMTP relay for tests (aiosmtpd) on a free port of 127.0.0.1, or on --port.

Prints the port, then serves until its stdin is closed. Each mail it takes becomes N.eml and
N.json (envelope: from, to, ehlo, tls, login, smtputf8) in --folder, N from 1.

  --starttls CERT KEY     offers STARTTLS; --tls CERT KEY: TLS from the first byte
  --require-login U P     wants AUTH with this user and password
  --no-smtputf8           does not offer SMTPUTF8
  --reply VERB TEXT       answers VERB with this in place of what it would (repeatable); VERB is
                          CONNECT, EHLO, STARTTLS, MAIL, RCPT, DATA or BODY (after the mail);
                          TEXT may hold several lines, parted by "\\n", and {link}: the first
                          address in the mail
  --drop VERB             closes the connection in place of answering VERB
  --hang VERB             never answers VERB (QUIT, too)
  --times N               --reply, --drop and --hang count for the first N times only
"""
import argparse
import asyncio
import email
import email.policy
import json
import logging
import os
import re
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Handler:
    """Keeps each mail with its envelope."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        text = mail.get_body(preferencelist=("plain", "html")).get_content()
        server.link = (re.findall(r"https://[^\s\"<>]+", text) or [""])[0]
        what = server.script.get("BODY")
        if what and what[0] == "reply" and what[2] != 0:
            return what[1]  # refused, so not kept
        self.count += 1
        path = os.path.join(self.folder, str(self.count))
        login = session.auth_data
        with open(path + ".json.tmp", "w", encoding="utf-8") as out:
            json.dump({
                "from": envelope.mail_from, "to": envelope.rcpt_tos,
                "ehlo": session.host_name, "tls": session.ssl is not None or server.is_tls,
                "login": login.login.decode() if login else None,
                "smtputf8": bool(envelope.smtp_utf8),
            }, out)
        with open(path + ".eml", "wb") as out:
            out.write(envelope.original_content)
        os.rename(path + ".json.tmp", path + ".json")
        return "250 2.0.0 Ok: queued as " + str(self.count)


class Peer(SMTP):
    """SMTP that misbehaves as it was told to."""

    is_tls = False
    script = {}  # verb -> [what, text, how often still]
    word = "CONNECT"
    link = ""

    async def push(self, status):
        """Everything that is said passes here; `word` is what it answers."""
        what = self.script.get(self.word)
        if what and what[2] != 0:
            what[2] -= 1
            if what[0] == "hang":
                await asyncio.Event().wait()
            if what[0] == "drop":
                self.transport.abort()
                raise asyncio.CancelledError
            if self.word != "BODY" or not str(status).startswith("354"):
                text = what[1].replace("\\n", "\r\n").replace("{link}", self.link)
                status = text.encode("utf-8", "surrogateescape")
        await super().push(status)

    def _with(self, word):
        self.word = word

    async def smtp_EHLO(self, arg):
        self._with("EHLO")
        await super().smtp_EHLO(arg)

    async def smtp_STARTTLS(self, arg):
        self._with("STARTTLS")
        what = self.script.get("STARTTLS")
        if what and what[0] == "reply" and what[2] != 0:
            await self.push("")
            return
        await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg):
        self._with("AUTH")
        await super().smtp_AUTH(arg)

    async def smtp_QUIT(self, arg):
        self._with("QUIT")
        await super().smtp_QUIT(arg)

    async def _scripted(self, word, ordinary, arg):
        """A scripted answer stands in place of the command, so that nothing is taken."""
        self._with(word)
        if self.script.get(word, (0, 0, 0))[2] != 0:
            await self.push("")
        else:
            await ordinary(arg)

    async def smtp_MAIL(self, arg):
        await self._scripted("MAIL", super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg):
        await self._scripted("RCPT", super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg):
        self._with("DATA")
        if self.script.get("DATA", (0, 0, 0))[2] != 0:
            await self.push("")
            return
        # The 354 is said as DATA, what comes after the mail as BODY.
        ordinary = self.push

        async def push(status):
            await ordinary(status)
            self._with("BODY")
        self.push = push
        try:
            await super().smtp_DATA(arg)
        finally:
            del self.push


def tls_context(pair):
    if not pair:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    return context


def read_script(options):
    script = {}
    for verb, text in options.reply or []:
        script[verb] = ["reply", text, options.times]
    for what in ("drop", "hang"):
        for verb in getattr(options, what) or []:
            script[verb] = [what, "", options.times]
    return script


def authenticator(options):
    wanted = tuple(word.encode() for word in options.require_login or [])

    def check(server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login, data.password) == wanted
        return AuthResult(success=good, handled=False, auth_data=data if good else None)
    return check


async def serve(options):
    handler = Handler(options.folder)
    script = read_script(options)
    starttls, tls = tls_context(options.starttls), tls_context(options.tls)

    def make():
        peer = Peer(handler, hostname="relay.test", enable_SMTPUTF8=not options.no_smtputf8,
                    tls_context=starttls, authenticator=authenticator(options),
                    auth_required=bool(options.require_login), auth_require_tls=False,
                    loop=asyncio.get_running_loop())
        peer.script = script
        peer.is_tls = tls is not None
        return peer

    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", options.port, ssl=tls)
    os.write(1, b"%d\n" % server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)  # with whatever still hangs


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--folder", required=True)
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--starttls", nargs=2)
    words.add_argument("--tls", nargs=2)
    words.add_argument("--require-login", nargs=2)
    words.add_argument("--no-smtputf8", action="store_true")
    words.add_argument("--reply", nargs=2, action="append")
    words.add_argument("--drop", action="append")
    words.add_argument("--hang", action="append")
    words.add_argument("--times", type=int, default=-1)
    options = words.parse_args()
    # A client that turns away from a bad certificate is what tests are about, no news.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
    warnings.simplefilter("ignore")
    asyncio.run(serve(options))


main()
