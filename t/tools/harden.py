#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
#
# usage: harden.py DROPIN WRITABLE COMMAND...     (root)
#
# Runs a command under the directives of a systemd drop-in where there is no systemd: as many of them as a program
# can lay on itself. Files are read-only but below WRITABLE, which stands for the ReadWritePaths. System calls are
# those of the very lists that systemd has (systemd-analyze syscall-filter). A directive that is neither laid on
# nor named in ELSEWHERE ends it with 3.
import ctypes
import os
import subprocess
import sys

import seccomp

# Not tried here, with the reason.
ELSEWHERE = {
    'RuntimeDirectory': 'stands for a folder', 'ReadWritePaths': 'WRITABLE stands for them',
    'ProtectHome': 'the test may lie there', 'PrivateTmp': 'the test lies there',
    'PrivateDevices': 'a mount of systemd', 'ProtectProc': 'a mount of systemd',
    'ProtectKernelTunables': 'read-only by ProtectSystem', 'ProtectControlGroups': 'read-only by ProtectSystem',
    'ProtectKernelModules': 'without the capability', 'ProtectKernelLogs': 'without the capability',
    'ProtectClock': 'without the capability', 'ProtectHostname': 'without the capability',
    'PrivateUsers': 'is off', 'SystemCallArchitectures': 'the machine knows one',
    'SystemCallErrorNumber': 'is EPERM here',
}
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 38, 24
CAPS = {'CAP_CHOWN': 0, 'CAP_DAC_OVERRIDE': 1, 'CAP_KILL': 5, 'CAP_SETGID': 6, 'CAP_SETUID': 7,
        'CAP_NET_BIND_SERVICE': 10}
FAMILIES = {'AF_UNIX': 1, 'AF_INET': 2, 'AF_INET6': 10, 'AF_NETLINK': 16}
PROT_WRITE, PROT_EXEC = 2, 4
CLONE_NAMESPACES = 0x7E020080
libc = ctypes.CDLL(None, use_errno=True)


def must(done, what):
    if done != 0:
        sys.exit(f'{what}: {os.strerror(ctypes.get_errno())}')


def directives(path):
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            if '=' in line and not line.startswith('#'):
                name, value = line.rstrip('\n').split('=', 1)
                yield name, value


def calls_of(group):
    """The names in one of systemd's lists, with those of the lists that it names."""
    text = subprocess.run(['systemd-analyze', 'syscall-filter', group], check=True, capture_output=True,
                          text=True).stdout
    for word in (line.strip() for line in text.splitlines()[1:]):
        if word.startswith('@'):
            yield from calls_of(word)
        elif word and not word.startswith('#'):
            yield word


def read_only(writable):
    """In a mount namespace of its own."""
    must(libc.unshare(0x00020000), 'unshare')
    for command in (['mount', '--make-rprivate', '/'], ['mount', '--bind', writable, writable],
                    ['mount', '-o', 'remount,bind,ro', '/']):
        subprocess.run(command, check=True)


def keep_capabilities(names):
    keep = {CAPS[name] for name in names}
    for number in range(64):
        if number not in keep and libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0:
            break


def deny(rules, call, *args):
    rules.add_rule(seccomp.ERRNO(1), call, *args)


def filter_calls(wanted):
    allowed = {call for word in wanted['SystemCallFilter'].split()
               for call in (calls_of(word) if word.startswith('@') else [word])}
    rules = seccomp.SyscallFilter(defaction=seccomp.ERRNO(1))
    for call in sorted(allowed):
        try:
            if call not in ('socket', 'clone', 'mmap', 'mprotect', 'pkey_mprotect', 'shmat'):
                rules.add_rule(seccomp.ALLOW, call)
        except (RuntimeError, ValueError):
            pass  # of another architecture
    for name in wanted['RestrictAddressFamilies'].split():
        rules.add_rule(seccomp.ALLOW, 'socket', seccomp.Arg(0, seccomp.EQ, FAMILIES[name]))
    rules.add_rule(seccomp.ALLOW, 'clone', seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_NAMESPACES, 0))
    for bits in (0, PROT_WRITE, PROT_EXEC):
        rules.add_rule(seccomp.ALLOW, 'mmap', seccomp.Arg(2, seccomp.MASKED_EQ, PROT_WRITE | PROT_EXEC, bits))
    rules.add_rule(seccomp.ALLOW, 'mprotect', seccomp.Arg(2, seccomp.MASKED_EQ, PROT_EXEC, 0))
    rules.load()


def main():
    dropin, writable, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    wanted = dict(directives(dropin))
    known = set(ELSEWHERE) | {'ProtectSystem', 'UMask', 'CapabilityBoundingSet', 'NoNewPrivileges', 'LimitCORE',
                              'RestrictSUIDSGID', 'LockPersonality', 'RestrictRealtime', 'RestrictNamespaces',
                              'MemoryDenyWriteExecute', 'RestrictAddressFamilies', 'SystemCallFilter'}
    unknown = set(wanted) - known
    if unknown:
        print(f'harden.py does not know {unknown}', file=sys.stderr)
        sys.exit(3)
    read_only(writable)
    os.umask(int(wanted['UMask'], 8))
    keep_capabilities(wanted['CapabilityBoundingSet'].split())
    must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'no new privileges')
    filter_calls(wanted)
    os.execv(command[0], command)


main()
