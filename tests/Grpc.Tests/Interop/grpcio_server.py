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
        metadata = dict(context.invocation_metadata())
        if interop.INITIAL in metadata:
            context.send_initial_metadata([(interop.INITIAL, metadata[interop.INITIAL])])
        if interop.TRAILING in metadata:
            context.set_trailing_metadata([(interop.TRAILING, metadata[interop.TRAILING])])
        if interop.HANG in metadata:
            ended = futures.Future()
            if context.add_callback(lambda: ended.set_result(None)):
                ended.result()
        if request.response_status.code:
            code = next(code for code in grpc.StatusCode if code.value[0] == request.response_status.code)
            context.abort(code, request.response_status.message)
        response = self.messages["SimpleResponse"]()
        response.payload.body = bytes(request.response_size)
        return response

    def handlers(self):
        def unary(method, request, response):
            return grpc.unary_unary_rpc_method_handler(
                method,
                request_deserializer=self.messages[request].FromString,
                response_serializer=self.messages[response].SerializeToString,
            )

        return grpc.method_handlers_generic_handler(
            f"{interop.PACKAGE}.TestService",
            {
                "EmptyCall": unary(self.empty, "Empty", "Empty"),
                "UnaryCall": unary(self.unary, "SimpleRequest", "SimpleResponse"),
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
