"""The unary interoperability cases, by Debian's grpcio against our server.

usage: grpcio_client.py TARGET DESCRIPTOR [ROOT_CERTIFICATE]
Prints a line for each case that holds; the first that does not ends it.
"""
import sys
from concurrent import futures

import grpc

import interop_messages as interop

PATIENCE = 60


class Stub:
    def __init__(self, channel, messages):
        self.messages = messages
        self.empty = self._method(channel, "TestService/EmptyCall", "Empty", "Empty")
        self.unary = self._method(channel, "TestService/UnaryCall", "SimpleRequest", "SimpleResponse")
        self.unimplemented = self._method(channel, "TestService/UnimplementedCall", "Empty", "Empty")
        self.no_service = self._method(channel, "UnimplementedService/UnimplementedCall", "Empty", "Empty")
        self.health = channel.unary_unary("/grpc.health.v1.Health/Check")

    def _method(self, channel, path, request, response):
        return channel.unary_unary(
            f"/{interop.PACKAGE}.{path}",
            request_serializer=self.messages[request].SerializeToString,
            response_deserializer=self.messages[response].FromString,
        )

    def request(self, size=0, response_size=0, **fields):
        request = self.messages["SimpleRequest"](response_size=response_size, **fields)
        if size:
            request.payload.body = bytes(size)
        return request


def code_of(call):
    try:
        call()
    except grpc.RpcError as error:
        return error.code(), error.details()
    return grpc.StatusCode.OK, ""


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r} instead of {expected!r}")


def empty_unary(stub):
    expect(stub.empty(stub.messages["Empty"](), timeout=PATIENCE).ByteSize(), 0)


def large_unary(stub):
    expect(len(stub.unary(stub.request(271828, 314159), timeout=PATIENCE).payload.body), 314159)


def custom_metadata(stub):
    metadata = [(interop.INITIAL, "test_initial_metadata_value"), (interop.TRAILING, b"\xab\xab\xab")]
    _, call = stub.unary.with_call(stub.request(), metadata=metadata, timeout=PATIENCE)
    expect(dict(call.initial_metadata())[interop.INITIAL], "test_initial_metadata_value")
    expect(dict(call.trailing_metadata())[interop.TRAILING], b"\xab\xab\xab")


def status_code_and_message(stub):
    request = stub.request(response_status=stub.messages["EchoStatus"](code=2, message="test status message"))
    expect(code_of(lambda: stub.unary(request, timeout=PATIENCE)), (grpc.StatusCode.UNKNOWN, "test status message"))


def special_status_message(stub):
    text = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001F608\t\n"
    request = stub.request(response_status=stub.messages["EchoStatus"](code=2, message=text))
    expect(code_of(lambda: stub.unary(request, timeout=PATIENCE)), (grpc.StatusCode.UNKNOWN, text))


def unimplemented_method(stub):
    code, _ = code_of(lambda: stub.unimplemented(stub.messages["Empty"](), timeout=PATIENCE))
    expect(code, grpc.StatusCode.UNIMPLEMENTED)


def unimplemented_service(stub):
    code, _ = code_of(lambda: stub.no_service(stub.messages["Empty"](), timeout=PATIENCE))
    expect(code, grpc.StatusCode.UNIMPLEMENTED)


def cancel_after_begin(stub):
    call = stub.unary.future(stub.request(), metadata=[(interop.HANG, "cancel")], timeout=PATIENCE)
    # Answers once the first call's handler runs: grpcio shows a unary call's headers only at its end.
    stub.unary(stub.request(), metadata=[("x-test-await", "cancel")], timeout=PATIENCE)
    call.cancel()
    expect(call.code(), grpc.StatusCode.CANCELLED)


def timeout_on_sleeping_server(stub):
    for milliseconds in (1, 200):
        metadata = [(interop.HANG, f"timeout-{milliseconds}")]
        code, _ = code_of(lambda: stub.unary(stub.request(), metadata=metadata, timeout=milliseconds / 1000))
        expect(code, grpc.StatusCode.DEADLINE_EXCEEDED)


def size_limit(stub):
    code, _ = code_of(lambda: stub.unary(stub.request(4 * 1024 * 1024), timeout=PATIENCE))
    expect(code, grpc.StatusCode.RESOURCE_EXHAUSTED)
    largest = 4 * 1024 * 1024 - 12  # With the fields around it exactly the limit.
    expect(len(stub.unary(stub.request(largest, 1), timeout=PATIENCE).payload.body), 1)


def compressed_request(stub):
    code, _ = code_of(lambda: stub.unary(stub.request(100000), compression=grpc.Compression.Gzip, timeout=PATIENCE))
    expect(code, grpc.StatusCode.UNIMPLEMENTED)


def parallel(stub):
    def call(size):
        return len(stub.unary(stub.request(size, size), timeout=PATIENCE).payload.body)

    with futures.ThreadPoolExecutor(16) as pool:
        expect(list(pool.map(call, range(800))), list(range(800)))


def health(stub):
    expect(stub.health(b"", timeout=PATIENCE), b"\x08\x01")
    code, _ = code_of(lambda: stub.health(b"\x0a\x01x", timeout=PATIENCE))
    expect(code, grpc.StatusCode.NOT_FOUND)


CASES = [
    empty_unary, large_unary, custom_metadata, status_code_and_message, special_status_message,
    unimplemented_method, unimplemented_service, cancel_after_begin, timeout_on_sleeping_server,
    size_limit, compressed_request, parallel, health,
]


def open_channel(target, root):
    options = [("grpc.max_receive_message_length", -1), ("grpc.default_authority", "localhost")]
    if root is None:
        return grpc.insecure_channel(target, options)
    with open(root, "rb") as file:
        return grpc.secure_channel(target, grpc.ssl_channel_credentials(file.read()), options)


def main():
    target, descriptor, *root = sys.argv[1:]
    with open_channel(target, root[0] if root else None) as channel:
        stub = Stub(channel, interop.load(descriptor))
        for case in CASES:
            case(stub)
            print(case.__name__, flush=True)


main()
