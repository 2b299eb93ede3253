"""The Workload API and SDS, by Debian's grpcio against an agent.

usage: grpcio_workload.py TARGET DESCRIPTORS
Prints a line for each step that holds; after `rotate` the test changes what the agent holds. The first that does not ends it.
"""
import queue
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PATIENCE = 60
SECRET = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"
HEADER = [("workload.spiffe.io", "true")]


def load(path):
    pool = descriptor_pool.DescriptorPool()
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as file:
        files.ParseFromString(file.read())
    for each in files.file:
        pool.Add(each)
    make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    return lambda name: make(pool.FindMessageTypeByName(name))


def expect(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r} instead of {expected!r}")


def say(step):
    print(step, flush=True)


class Turns:
    """Requests that are sent when they are put in."""

    def __init__(self):
        self.requests = queue.Queue()

    def __iter__(self):
        return iter(self.requests.get, None)


def main():
    target, descriptors = sys.argv[1:]
    message = load(descriptors)
    # C-core names the whole path as authority otherwise, which no server takes.
    channel = grpc.insecure_channel(target, [("grpc.default_authority", "localhost")])

    def method(kind, path, request, response):
        return kind(path, request_serializer=message(request).SerializeToString, response_deserializer=message(response).FromString)

    x509 = method(channel.unary_stream, "/SpiffeWorkloadAPI/FetchX509SVID", "X509SVIDRequest", "X509SVIDResponse")
    bundles = method(channel.unary_stream, "/SpiffeWorkloadAPI/FetchJWTBundles", "JWTBundlesRequest", "JWTBundlesResponse")
    validate = method(channel.unary_unary, "/SpiffeWorkloadAPI/ValidateJWTSVID", "ValidateJWTSVIDRequest", "ValidateJWTSVIDResponse")
    discovery = ("envoy.service.discovery.v3.DiscoveryRequest", "envoy.service.discovery.v3.DiscoveryResponse")
    secrets = method(channel.stream_stream, "/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets", *discovery)
    delta = method(channel.stream_stream, "/envoy.service.secret.v3.SecretDiscoveryService/DeltaSecrets", *discovery)

    try:
        next(x509(message("X509SVIDRequest")(), timeout=PATIENCE))
    except grpc.RpcError as error:
        expect((error.code(), error.details()), (grpc.StatusCode.INVALID_ARGUMENT, "security header missing from request"))
        say("header")

    try:
        validate(message("ValidateJWTSVIDRequest")(audience="a", svid="x.y.z"), metadata=HEADER, timeout=PATIENCE)
    except grpc.RpcError as error:
        expect(error.code(), grpc.StatusCode.INVALID_ARGUMENT)
        say("validate")

    expect(list(next(bundles(message("JWTBundlesRequest")(), metadata=HEADER, timeout=PATIENCE)).bundles), ["spiffe://cluster.local"])
    say("bundles")

    svids = x509(message("X509SVIDRequest")(), metadata=HEADER, timeout=PATIENCE)
    first = next(svids)
    expect([each.spiffe_id for each in first.svids], ["spiffe://cluster.local/ns/shop/sa/web"])
    turns = Turns()
    stream = secrets(iter(turns), timeout=PATIENCE)
    request = message(discovery[0])
    turns.requests.put(request(type_url=SECRET, resource_names=["default"]))
    secret = next(stream)
    expect([(each.type_url, b"BEGIN PRIVATE KEY" in each.value) for each in secret.resources], [(SECRET, True)])
    turns.requests.put(request(
        type_url=SECRET, resource_names=["default"], version_info=secret.version_info, response_nonce=secret.nonce))
    say("rotate")
    second = next(svids)
    if second.svids[0].x509_svid == first.svids[0].x509_svid:
        raise AssertionError("the same SVID came twice")
    pushed = next(stream)
    if pushed.version_info == secret.version_info or pushed.nonce == secret.nonce:
        raise AssertionError("the same secret came twice")
    say("pushed")

    # Not taken, and another one asked for.
    refusal = request(type_url=SECRET, resource_names=["default", "ROOTCA"], version_info=secret.version_info, response_nonce=pushed.nonce)
    refusal.error_detail.code = 13
    refusal.error_detail.message = "not taken"
    turns.requests.put(refusal)
    if b"BEGIN CERTIFICATE" not in next(stream).resources[0].value:
        raise AssertionError("no roots came")
    turns.requests.put(None)
    expect(list(stream), [])
    say("refused")

    try:
        next(delta(iter(()), timeout=PATIENCE))
    except grpc.RpcError as error:
        expect(error.code(), grpc.StatusCode.UNIMPLEMENTED)
        say("delta")

    say("stop")
    try:
        next(svids)
    except grpc.RpcError as error:
        expect(error.code(), grpc.StatusCode.UNAVAILABLE)
        say("stopped")


main()
