"""The messages of interop.proto, made from the descriptor that the tests write to a file."""
from google.protobuf import descriptor_pool, message_factory

PACKAGE = "grpc.testing"
INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
HANG = "x-test-hang"


def load(path):
    """The message classes by name."""
    pool = descriptor_pool.DescriptorPool()
    with open(path, "rb") as file:
        pool.AddSerializedFile(file.read())
    make = getattr(message_factory, "GetMessageClass", None) or message_factory.MessageFactory(pool).GetPrototype
    names = [
        "Empty", "SimpleRequest", "SimpleResponse", "Payload", "EchoStatus", "ResponseParameters",
        "StreamingInputCallRequest", "StreamingInputCallResponse",
        "StreamingOutputCallRequest", "StreamingOutputCallResponse",
    ]
    return {name: make(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in names}
