"""The interoperability cases, by Debian's grpcio against our server.

usage: grpcio_client.py TARGET DESCRIPTOR [ROOT_CERTIFICATE]
Prints a line for each case that holds; the first that does not ends it.
"""
import queue
import sys
from concurrent import futures

import grpc

import interop_messages as interop

PATIENCE = 60
SIZES = [31415, 9, 2653, 58979]


class Stub:
    def __init__(self, channel, messages):
        self.messages = messages
        self.empty = self._method(channel.unary_unary, "TestService/EmptyCall", "Empty", "Empty")
        self.unary = self._method(channel.unary_unary, "TestService/UnaryCall", "SimpleRequest", "SimpleResponse")
        self.unimplemented = self._method(channel.unary_unary, "TestService/UnimplementedCall", "Empty", "Empty")
        self.no_service = self._method(channel.unary_unary, "UnimplementedService/UnimplementedCall", "Empty", "Empty")
        output = ("StreamingOutputCallRequest", "StreamingOutputCallResponse")
        self.output = self._method(channel.unary_stream, "TestService/StreamingOutputCall", *output)
        self.input = self._method(
            channel.stream_unary,
            "TestService/StreamingInputCall",
            "StreamingInputCallRequest",
            "StreamingInputCallResponse",
        )
        self.duplex = self._method(channel.stream_stream, "TestService/FullDuplexCall", *output)
        self.health = channel.unary_unary("/grpc.health.v1.Health/Check")

    def _method(self, kind, path, request, response):
        return kind(
            f"/{interop.PACKAGE}.{path}",
            request_serializer=self.messages[request].SerializeToString,
            response_deserializer=self.messages[response].FromString,
        )

    def request(self, size=0, response_size=0, **fields):
        request = self.messages["SimpleRequest"](response_size=response_size, **fields)
        if size:
            request.payload.body = bytes(size)
        return request


    def sized(self, *sizes, **fields):
        parameters = [self.messages["ResponseParameters"](size=size) for size in sizes]
        return self.messages["StreamingOutputCallRequest"](response_parameters=parameters, **fields)


class Turns:
    """Requests that are sent one when it is asked for."""

    def __init__(self):
        self.requests = queue.Queue()

    def __iter__(self):
        return iter(self.requests.get, None)

    def send(self, request):
        self.requests.put(request)

    def end(self):
        self.requests.put(None)


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


def client_streaming(stub):
    def requests():
        for size in (27182, 8, 1828, 45904):
            request = stub.messages["StreamingInputCallRequest"]()
            request.payload.body = bytes(size)
            yield request

    expect(stub.input(requests(), timeout=PATIENCE).aggregated_payload_size, 74922)


def server_streaming(stub):
    responses = stub.output(stub.sized(*SIZES), timeout=PATIENCE)
    expect([len(response.payload.body) for response in responses], SIZES)
    expect(responses.code(), grpc.StatusCode.OK)


def ping_pong(stub):
    turns = Turns()
    responses = stub.duplex(iter(turns), timeout=PATIENCE)
    for size in SIZES:
        turns.send(stub.sized(size))
        expect(len(next(responses).payload.body), size)
    turns.end()
    expect(list(responses), [])
    expect(responses.code(), grpc.StatusCode.OK)


def empty_stream(stub):
    responses = stub.duplex(iter(()), timeout=PATIENCE)
    expect(list(responses), [])
    expect(responses.code(), grpc.StatusCode.OK)


def custom_metadata_of_a_stream(stub):
    metadata = [(interop.INITIAL, "test_initial_metadata_value"), (interop.TRAILING, b"\xab\xab\xab")]
    responses = stub.duplex(iter([stub.sized(1)]), metadata=metadata, timeout=PATIENCE)
    expect(dict(responses.initial_metadata())[interop.INITIAL], "test_initial_metadata_value")
    expect(len(list(responses)), 1)
    expect(dict(responses.trailing_metadata())[interop.TRAILING], b"\xab\xab\xab")


def status_of_a_stream(stub):
    status = stub.messages["EchoStatus"](code=2, message="test status message")
    responses = stub.duplex(iter([stub.sized(9), stub.sized(response_status=status)]), timeout=PATIENCE)
    expect(len(next(responses).payload.body), 9)
    expect(code_of(lambda: next(responses)), (grpc.StatusCode.UNKNOWN, "test status message"))


def cancel_after_first_response(stub):
    responses = stub.duplex(iter(Turns()), timeout=PATIENCE)
    responses.cancel()
    expect(code_of(lambda: next(responses))[0], grpc.StatusCode.CANCELLED)
    turns = Turns()
    responses = stub.duplex(iter(turns), metadata=[(interop.HANG, "cancel-stream")], timeout=PATIENCE)
    turns.send(stub.sized(31415))
    expect(len(next(responses).payload.body), 31415)
    responses.cancel()
    expect(code_of(lambda: next(responses))[0], grpc.StatusCode.CANCELLED)
    turns.end()


def timeout_of_a_stream(stub):
    turns = Turns()
    responses = stub.duplex(iter(turns), metadata=[(interop.HANG, "timeout-stream")], timeout=0.5)
    turns.send(stub.sized(9))
    expect(len(next(responses).payload.body), 9)
    expect(code_of(lambda: next(responses))[0], grpc.StatusCode.DEADLINE_EXCEEDED)
    turns.end()


def large_stream(stub):
    responses = stub.output(stub.sized(*[1000000] * 32), timeout=PATIENCE)
    expect(sum(len(response.payload.body) for response in responses), 32000000)


CASES = [
    empty_unary, large_unary, custom_metadata, status_code_and_message, special_status_message,
    unimplemented_method, unimplemented_service, cancel_after_begin, timeout_on_sleeping_server,
    size_limit, compressed_request, parallel, health,
    client_streaming, server_streaming, ping_pong, empty_stream, custom_metadata_of_a_stream, status_of_a_stream,
    cancel_after_first_response, timeout_of_a_stream, large_stream,
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
