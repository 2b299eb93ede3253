"""A stock agent's way with its CA, by Debian's grpcio.

usage: stock_agent.py TARGET ROOTS CSR TOKEN
The first three and the token are read from files where they begin with @. As istio-agent does (istio-ca 5.4), the roots are read once, at the
start, and again only after a call failed. One channel stays as long as it works; beside it one new channel after the other makes one call
each, with the roots that are held. Each line of standard input is answered with what was done since the last: a JSON object. It ends with it.
"""
import json
import sys
import threading
import time

import grpc

PATH = "/istio.v1.auth.IstioCertificateService/CreateCertificate"
PATIENCE = 20
PAUSE = 0.1


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def request_of(csr):
    return b"\x0a" + varint(len(csr)) + csr  # field 1: the CSR; no lifetime: the server's default


def last_element(answer):
    """The last of the repeated strings of field 1: the trust bundle."""
    at, last = 0, b""
    while at < len(answer):
        if answer[at] != 0x0A:
            raise ValueError("another field than the chain")
        at, length, shift = at + 1, 0, 0
        while True:
            byte = answer[at]
            at, length, shift = at + 1, length | (byte & 0x7F) << shift, shift + 7
            if byte < 0x80:
                break
        last, at = answer[at:at + length], at + length
    return last.decode()


class Agent:
    def __init__(self, target, roots_file, csr, token):
        self.target, self.roots_file = target, roots_file
        self.request, self.metadata = request_of(csr), [("authorization", f"Bearer {token}")]
        self.lock = threading.Lock()
        self.roots = self.read_roots()
        self.counts = {"long": 0, "fresh": 0}
        self.faults, self.bundle, self.stopped = [], "", False

    def read_roots(self):
        with open(self.roots_file, "rb") as file:
            return file.read()

    def connect(self):
        # Without a pool of its own, channels of one process share their connections.
        options = [("grpc.use_local_subchannel_pool", 1)]
        return grpc.secure_channel(self.target, grpc.ssl_channel_credentials(root_certificates=self.roots), options)

    def call(self, channel, kind):
        """Whether it went well."""
        try:
            answer = channel.unary_unary(PATH)(self.request, timeout=PATIENCE, metadata=self.metadata)
        except grpc.RpcError as fault:
            with self.lock:
                self.faults.append(f"{kind}: {fault.code()} {fault.details()}")
                self.roots = self.read_roots()
            return False
        with self.lock:
            self.counts[kind] += 1
            self.bundle = last_element(answer)
        return True

    def keep(self):
        channel = self.connect()
        while not self.stopped:
            if not self.call(channel, "long"):
                channel.close()
                channel = self.connect()
            time.sleep(PAUSE)
        channel.close()

    def renew(self):
        while not self.stopped:
            with self.connect() as channel:
                self.call(channel, "fresh")
            time.sleep(PAUSE)

    def report(self):
        with self.lock:
            said = {"long": self.counts["long"], "fresh": self.counts["fresh"], "bundle": self.bundle, "faults": self.faults}
            self.counts, self.faults = {"long": 0, "fresh": 0}, []
        return said


def value_of(argument):
    if not argument.startswith("@"):
        return argument
    with open(argument[1:], encoding="ascii") as file:
        return file.read()


def main():
    target, roots, csr, token = sys.argv[1:]
    agent = Agent(target, roots, value_of(csr).encode(), value_of(token).strip())
    threads = [threading.Thread(target=agent.keep), threading.Thread(target=agent.renew)]
    for thread in threads:
        thread.start()
    for _ in sys.stdin:
        print(json.dumps(agent.report()), flush=True)
    agent.stopped = True
    for thread in threads:
        thread.join()
    print(json.dumps(agent.report()), flush=True)


main()
