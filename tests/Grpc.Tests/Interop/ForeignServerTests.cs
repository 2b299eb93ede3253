using System.Diagnostics;
using System.IO;
using System.Net.Http;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using Grpc.Tests.Hosting;
using Xunit;

namespace Grpc.Tests.Interop;

/// <summary>Our client against a server that nobody here wrote: Debian's grpcio.</summary>
public sealed class ForeignServerTests(ForeignServerTests.GrpcioServer server) : IClassFixture<ForeignServerTests.GrpcioServer>
{
    private static readonly int[] Sizes = [31_415, 9, 2_653, 58_979];

    public static TheoryData<Transport> Transports() => new(Enum.GetValues<Transport>());

    [Theory, MemberData(nameof(Transports))]
    public async Task Empty_unary(Transport transport)
    {
        using var channel = server.Channel(transport);
        Assert.Equal(new Empty(), await new TestService.TestServiceClient(channel).EmptyCallAsync(new Empty()));
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Large_unary(Transport transport)
    {
        using var channel = server.Channel(transport);
        var response = await new TestService.TestServiceClient(channel).UnaryCallAsync(
            new SimpleRequest { ResponseSize = 314_159, Payload = new Payload { Body = ByteString.CopyFrom(new byte[271_828]) } });

        Assert.Equal(314_159, response.Payload.Body.Length);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Custom_metadata(Transport transport)
    {
        using var channel = server.Channel(transport);
        using var call = new TestService.TestServiceClient(channel).UnaryCallAsync(new SimpleRequest(), new Metadata
        {
            { "x-grpc-test-echo-initial", "test_initial_metadata_value" },
            { "x-grpc-test-echo-trailing-bin", [0xAB, 0xAB, 0xAB] },
        });
        await call;

        Assert.Equal("test_initial_metadata_value", (await call.ResponseHeadersAsync).GetValue("x-grpc-test-echo-initial"));
        Assert.Equal([0xAB, 0xAB, 0xAB], call.GetTrailers().GetValueBytes("x-grpc-test-echo-trailing-bin"));
    }

    [Theory]
    [InlineData("test status message")]
    [InlineData("\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \ud83d\ude08\t\n")]
    public async Task Status_code_and_message(string message)
    {
        using var channel = server.Channel();
        var status = await StatusOf(new TestService.TestServiceClient(channel).UnaryCallAsync(
            new SimpleRequest { ResponseStatus = new EchoStatus { Code = 2, Message = message } }));

        Assert.Equal((StatusCode.Unknown, message), (status.StatusCode, status.Detail));
    }

    [Fact]
    public async Task Unimplemented_method_and_service()
    {
        using var channel = server.Channel();
        var method = await StatusOf(new TestService.TestServiceClient(channel).UnimplementedCallAsync(new Empty()));
        var service = await StatusOf(new UnimplementedService.UnimplementedServiceClient(channel).UnimplementedCallAsync(new Empty()));

        Assert.Equal(StatusCode.Unimplemented, method.StatusCode);
        Assert.Equal(StatusCode.Unimplemented, service.StatusCode);
    }

    [Fact]
    public async Task Cancel_after_begin()
    {
        using var channel = server.Channel();
        using var cancellation = new CancellationTokenSource();
        using var call = new TestService.TestServiceClient(channel).UnaryCallAsync(
            new SimpleRequest(),
            new Metadata { { InteropTestService.HangKey, "cancel" }, { "x-grpc-test-echo-initial", "begun" } },
            cancellationToken: cancellation.Token);
        await call.ResponseHeadersAsync;
        await cancellation.CancelAsync();

        Assert.Equal(StatusCode.Cancelled, (await StatusOf(call)).StatusCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(200)]
    public async Task Timeout_on_sleeping_server(int milliseconds)
    {
        using var channel = server.Channel();
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(milliseconds);
        var status = await StatusOf(new TestService.TestServiceClient(channel).UnaryCallAsync(
            new SimpleRequest(), new Metadata { { InteropTestService.HangKey, "timeout" } }, deadline));

        Assert.Equal(StatusCode.DeadlineExceeded, status.StatusCode);
    }

    [Fact]
    public async Task Size_limit_of_either_side()
    {
        using var channel = server.Channel();
        var client = new TestService.TestServiceClient(channel);
        var theirs = await StatusOf(client.UnaryCallAsync(
            new SimpleRequest { Payload = new Payload { Body = ByteString.CopyFrom(new byte[4 * 1024 * 1024]) } }));
        var ours = await StatusOf(client.UnaryCallAsync(new SimpleRequest { ResponseSize = 4 * 1024 * 1024 }));

        Assert.Equal(StatusCode.ResourceExhausted, theirs.StatusCode);
        Assert.Equal(StatusCode.ResourceExhausted, ours.StatusCode);
    }

    [Fact]
    public async Task Parallel()
    {
        using var channel = server.Channel();
        var client = new TestService.TestServiceClient(channel);
        var sizes = await Task.WhenAll(Enumerable.Range(0, 400).Select(async size =>
            (await client.UnaryCallAsync(new SimpleRequest { ResponseSize = size })).Payload.Body.Length));

        Assert.Equal(Enumerable.Range(0, 400), sizes);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Client_streaming(Transport transport)
    {
        using var channel = server.Channel(transport);
        using var call = new TestService.TestServiceClient(channel).StreamingInputCall();
        foreach (var size in (int[])[27_182, 8, 1_828, 45_904])
        {
            await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Bytes(size) });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal(74_922, (await call).AggregatedPayloadSize);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Server_streaming(Transport transport)
    {
        using var channel = server.Channel(transport);
        using var call = new TestService.TestServiceClient(channel).StreamingOutputCall(Sized(Sizes));

        Assert.Equal(Sizes, await call.ResponseStream.ReadAllAsync().Select(response => response.Payload.Body.Length).ToListAsync());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory, MemberData(nameof(Transports))]
    public async Task Ping_pong(Transport transport)
    {
        using var channel = server.Channel(transport);
        using var call = new TestService.TestServiceClient(channel).FullDuplexCall();
        foreach (var size in Sizes)
        {
            await call.RequestStream.WriteAsync(Sized(size));
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(size, call.ResponseStream.Current.Payload.Body.Length);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Empty_stream()
    {
        using var channel = server.Channel();
        using var call = new TestService.TestServiceClient(channel).FullDuplexCall();
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task Custom_metadata_of_a_stream()
    {
        using var channel = server.Channel();
        using var call = new TestService.TestServiceClient(channel).FullDuplexCall(new Metadata
        {
            { "x-grpc-test-echo-initial", "test_initial_metadata_value" },
            { "x-grpc-test-echo-trailing-bin", [0xAB, 0xAB, 0xAB] },
        });
        Assert.Equal("test_initial_metadata_value", (await call.ResponseHeadersAsync).GetValue("x-grpc-test-echo-initial"));
        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal([0xAB, 0xAB, 0xAB], call.GetTrailers().GetValueBytes("x-grpc-test-echo-trailing-bin"));
    }

    [Fact]
    public async Task Status_of_a_stream()
    {
        using var channel = server.Channel();
        using var call = new TestService.TestServiceClient(channel).FullDuplexCall();
        await call.RequestStream.WriteAsync(Sized(9));
        Assert.True(await call.ResponseStream.MoveNext());
        await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = new EchoStatus { Code = 2, Message = "test status message" } });
        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());

        Assert.Equal((StatusCode.Unknown, "test status message"), (failure.StatusCode, failure.Status.Detail));
    }

    [Fact]
    public async Task Cancel_after_first_response()
    {
        using var channel = server.Channel();
        using var call = new TestService.TestServiceClient(channel).FullDuplexCall(new Metadata { { InteropTestService.HangKey, "cancel" } });
        await call.RequestStream.WriteAsync(Sized(31_415));
        Assert.True(await call.ResponseStream.MoveNext());
        var reading = call.ResponseStream.MoveNext();
        call.Dispose();

        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(() => reading)).StatusCode);
    }

    [Fact]
    public async Task Timeout_of_a_stream()
    {
        using var channel = server.Channel();
        using var call = new TestService.TestServiceClient(channel).StreamingOutputCall(
            Sized(9),
            new Metadata { { InteropTestService.HangKey, "timeout" } },
            TimeProvider.System.GetUtcNow().UtcDateTime.AddMilliseconds(500));
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call.ResponseStream.ReadAllAsync().CountAsync());

        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    [Fact]
    public async Task Large_stream()
    {
        using var channel = server.Channel();
        using var call = new TestService.TestServiceClient(channel).StreamingOutputCall(Sized([.. Enumerable.Repeat(1_000_000, 32)]));

        Assert.Equal(32_000_000, await call.ResponseStream.ReadAllAsync().Select(response => response.Payload.Body.Length).SumAsync());
    }

    private static Payload Bytes(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };

    private static StreamingOutputCallRequest Sized(params int[] sizes) =>
        new() { ResponseParameters = { sizes.Select(size => new ResponseParameters { Size = size }) } };

    private static async Task<Status> StatusOf<T>(AsyncUnaryCall<T> call)
    {
        await Record.ExceptionAsync(async () => await call);
        return call.GetStatus();
    }

    /// <summary>The python server, with one listener per transport.</summary>
    public sealed class GrpcioServer : IAsyncLifetime
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("grpc-interop").FullName;
        private Process? _process;
        private int[] _ports = [];

        private string Socket => Path.Combine(_folder, "server.sock");

        public async ValueTask InitializeAsync()
        {
            var certificate = Write("certificate.pem", TestCertificates.Server.ExportCertificatePem());
            var key = Write("key.pem", TestCertificates.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
            _process = InteropScripts.Start(
                InteropScripts.Python, "grpcio_server.py", InteropScripts.WriteDescriptor(_folder), certificate, key, Socket);
            var ports = await _process.StandardOutput.ReadLineAsync();
            if (ports is null)
            {
                var errors = await _process.StandardError.ReadToEndAsync();
                Assert.Fail($"the server did not start: {errors}{InteropScripts.Hint(errors)}");
            }

            _ports = [.. ports.Split(' ').Select(port => int.Parse(port, null))];
        }

        public async ValueTask DisposeAsync()
        {
            if (_process is { } process)
            {
                process.StandardInput.Close();
                await process.WaitForExitAsync();
                process.Dispose();
            }

            Directory.Delete(_folder, recursive: true);
        }

        public GrpcChannel Channel(Transport transport = Transport.H2c)
        {
            var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true };
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                certificate?.GetCertHashString() == TestCertificates.Server.GetCertHashString();
            if (transport == Transport.UnixSocket)
            {
                handler.ConnectCallback = ConnectAsync;
            }

            var address = transport switch
            {
                Transport.Tls => $"https://localhost:{_ports[1]}",
                Transport.UnixSocket => "http://localhost",
                _ => $"http://127.0.0.1:{_ports[0]}",
            };
            return GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        }

        private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }

        private string Write(string name, string text)
        {
            var path = Path.Combine(_folder, name);
            File.WriteAllText(path, text);
            return path;
        }
    }
}
