"""The interoperability service, by Debian's grpcio for our client.

usage: grpcio_server.py DESCRIPTOR CERTIFICATE KEY SOCKET
Prints the ports without and with TLS, and ends when its input does.
"""
import sys
from concurrent import futures

import grpc

import interop_messages as interop


class Service:
    def __init__(self, messages):
        self.messages = messages

    def empty(self, request, context):
        return self.messages["Empty"]()

    def unary(self, request, context):
        self.begin(context)
        self.hang(context)
        self.fail(request, context)
        response = self.messages["SimpleResponse"]()
        response.payload.body = bytes(request.response_size)
        return response

    def begin(self, context):
        metadata = dict(context.invocation_metadata())
        if interop.INITIAL in metadata:
            context.send_initial_metadata([(interop.INITIAL, metadata[interop.INITIAL])])
        if interop.TRAILING in metadata:
            context.set_trailing_metadata([(interop.TRAILING, metadata[interop.TRAILING])])

    def hang(self, context):
        if interop.HANG in dict(context.invocation_metadata()):
            ended = futures.Future()
            if context.add_callback(lambda: ended.set_result(None)):
                ended.result()

    def fail(self, request, context):
        if request.response_status.code:
            code = next(code for code in grpc.StatusCode if code.value[0] == request.response_status.code)
            context.abort(code, request.response_status.message)

    def output(self, request, context):
        self.begin(context)
        yield from self.answers(request, context)

    def input(self, requests, context):
        self.begin(context)
        size = sum(len(request.payload.body) for request in requests)
        return self.messages["StreamingInputCallResponse"](aggregated_payload_size=size)

    def duplex(self, requests, context):
        self.begin(context)
        for request in requests:
            yield from self.answers(request, context)

    def answers(self, request, context):
        self.fail(request, context)
        for parameters in request.response_parameters:
            response = self.messages["StreamingOutputCallResponse"]()
            response.payload.body = bytes(parameters.size)
            yield response
        self.hang(context)

    def handlers(self):
        def handler(kind, method, request, response):
            return kind(
                method,
                request_deserializer=self.messages[request].FromString,
                response_serializer=self.messages[response].SerializeToString,
            )

        output = ("StreamingOutputCallRequest", "StreamingOutputCallResponse")
        return grpc.method_handlers_generic_handler(
            f"{interop.PACKAGE}.TestService",
            {
                "EmptyCall": handler(grpc.unary_unary_rpc_method_handler, self.empty, "Empty", "Empty"),
                "UnaryCall": handler(grpc.unary_unary_rpc_method_handler, self.unary, "SimpleRequest", "SimpleResponse"),
                "StreamingOutputCall": handler(grpc.unary_stream_rpc_method_handler, self.output, *output),
                "StreamingInputCall": handler(
                    grpc.stream_unary_rpc_method_handler,
                    self.input,
                    "StreamingInputCallRequest",
                    "StreamingInputCallResponse",
                ),
                "FullDuplexCall": handler(grpc.stream_stream_rpc_method_handler, self.duplex, *output),
            },
        )


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    descriptor, certificate, key, socket = sys.argv[1:]
    server = grpc.server(futures.ThreadPoolExecutor(16))
    server.add_generic_rpc_handlers((Service(interop.load(descriptor)).handlers(),))
    plain = server.add_insecure_port("127.0.0.1:0")
    credentials = grpc.ssl_server_credentials([(read(key), read(certificate))])
    secure = server.add_secure_port("127.0.0.1:0", credentials)
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    print(plain, secure, flush=True)
    sys.stdin.read()
    server.stop(0).wait()


main()
