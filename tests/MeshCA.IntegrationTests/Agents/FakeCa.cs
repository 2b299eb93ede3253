using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using MeshCA.IntegrationTests.Running;
using MeshCA.Wire.Identity;
using MeshCA.Wire.Istio;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SpiffeIdentity.Pem;
using TestSupport;
using Xunit;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>A CA of the protocol that answers whatever a test wants, rules kept or broken.</summary>
internal sealed class FakeCa : IAsyncDisposable
{
    public const string Id = "spiffe://cluster.local/ns/shop/sa/cart";
    private readonly WebApplication _app;

    private FakeCa(WebApplication app) => _app = app;

    /// <summary>Signs unless an answer is given.</summary>
    public TestAuthority Root { get; } = NewRoot("fake root");

    /// <summary>Makes the answers.</summary>
    public Func<IstioCertificateRequest, IstioCertificateResponse>? Answer { get; set; }

    /// <summary>Makes the tokens; null: UNIMPLEMENTED.</summary>
    public Func<MintJwtSvidRequest, MintJwtSvidResponse>? Mint { get; set; }

    /// <summary>The headers that JWT-SVIDs were asked for with.</summary>
    public ConcurrentQueue<Metadata> MintHeaders { get; } = [];

    /// <summary>Whether there is a bundle stream.</summary>
    public bool HasStream { get; set; }

    public ConcurrentQueue<(IstioCertificateRequest Request, Metadata Headers)> Requests { get; } = [];

    public ConcurrentQueue<Open> Opened { get; } = [];

    public ConcurrentQueue<ulong> Acknowledged { get; } = [];

    /// <summary>The revisions of bans and lists that were said to be in force.</summary>
    public ConcurrentQueue<long> Enforced { get; } = [];

    /// <summary>Whether it takes word of them.</summary>
    public bool TakesRevocations { get; set; }

    /// <summary>What the stream that is open sends; completing it ends the stream.</summary>
    /// <summary>Where it is there, each stream brings this one message and ends.</summary>
    public Func<WatchResponse>? Brings { get; set; }

    /// <summary>Throws where whoever opens a stream with these headers is to be refused.</summary>
    public Action<Metadata>? Admit { get; set; }

    public Channel<WatchResponse> Stream { get; private set; } = Channel.CreateUnbounded<WatchResponse>();

    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    public string RootPem => PemWriter.WriteCertificate(Root.Certificate);

    public static async Task<FakeCa> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        FakeCa? ca = null;
        builder.Services.AddSingleton(_ => ca!);
        builder.Services.AddSingleton<Certificates>();
        builder.Services.AddSingleton<Bundles>();
        builder.Services.AddSingleton<Tokens>();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(https => https.ServerCertificateSelector = (_, _) => ca!.Serving.Value);
        }));
        var app = builder.Build();
        ca = new FakeCa(app);
        app.UseRouting();
        app.MapGrpcService<Certificates>();
        app.MapGrpcService<Bundles>();
        app.MapGrpcService<Tokens>();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return ca;
    }

    public static TestAuthority NewRoot(string name) => TestAuthority.CreateRoot(shape => Living(shape) with { Subject = $"CN={name}" });

    public static CertificateShape Living(CertificateShape shape) => shape with
    {
        NotBefore = TimeProvider.System.GetUtcNow().AddMinutes(-2),
        NotAfter = TimeProvider.System.GetUtcNow().AddHours(1),
    };

    /// <summary>Points an agent here.</summary>
    public void Lead(AgentHome home)
    {
        home.Set(("Agent:Address", $"https://localhost:{Port}"));
        home.Write("ca-roots.pem", RootPem);
        home.Write("token", "any.token.does");
    }

    /// <summary>What a CA that keeps all rules answers.</summary>
    public IstioCertificateResponse Good(IstioCertificateRequest request) => Good(request, Root, shape => shape);

    public static IstioCertificateResponse Good(IstioCertificateRequest request, TestAuthority root, Func<CertificateShape, CertificateShape> change)
    {
        var csr = CertificateRequest.LoadSigningRequestPem(request.Csr, HashAlgorithmName.SHA256);
        var leaf = root.Sign(csr.PublicKey, change(Living(CertificateShape.Leaf(Id))));
        return new() { CertChain = { PemWriter.WriteCertificate(leaf), PemWriter.WriteCertificate(root.Certificate) } };
    }

    /// <summary>Sends a bundle on the stream.</summary>
    public TrustBundle Bundle(ulong sequence) =>
        new() { TrustDomain = "cluster.local", Sequence = sequence, X509Authorities = { ByteString.CopyFrom(Root.Certificate) } };

    public void Publish(ulong sequence, Action<TrustBundle>? change = null)
    {
        var bundle = Bundle(sequence);
        change?.Invoke(bundle);
        Stream.Writer.TryWrite(new() { Bundle = bundle, TakesRevocationAcknowledgements = TakesRevocations });
    }

    /// <summary>Ends the stream that is open; what is published from then on comes on the next.</summary>
    public async Task EndStreamAsync()
    {
        var present = Stream;
        present.Writer.Complete();
        await Eventually.TrueAsync(() => Stream != present, "the end of the stream");
    }

    private Lazy<X509Certificate2> Serving => field ??= new(() =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var shape = Living(CertificateShape.Leaf("")) with { Uris = [], DnsNames = ["localhost"] };
        using var made = X509CertificateLoader.LoadCertificate(Root.Sign(new PublicKey(key), shape)).CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    });

    public async ValueTask DisposeAsync()
    {
        Stream.Writer.TryComplete();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Root.Dispose();
    }

    private sealed class Certificates(FakeCa ca) : IstioCertificateService.IstioCertificateServiceBase
    {
        public override Task<IstioCertificateResponse> CreateCertificate(IstioCertificateRequest request, ServerCallContext context)
        {
            ca.Requests.Enqueue((request, context.RequestHeaders));
            return Task.FromResult((ca.Answer ?? ca.Good)(request));
        }
    }

    private sealed class Bundles(FakeCa ca) : TrustBundles.TrustBundlesBase
    {
        public override async Task Watch(
            IAsyncStreamReader<WatchRequest> requestStream, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
        {
            if (!ca.HasStream || !await requestStream.MoveNext(context.CancellationToken))
            {
                throw new RpcException(new Status(StatusCode.Unimplemented, "no stream here"));
            }

            ca.Opened.Enqueue(requestStream.Current.Open);
            ca.Admit?.Invoke(context.RequestHeaders);
            if (ca.Brings is { } brings)
            {
                await responseStream.WriteAsync(brings());
                throw new RpcException(new Status(StatusCode.Unavailable, "the stream ends"));
            }

            var reading = Task.Run(async () =>
            {
                while (await requestStream.MoveNext(context.CancellationToken))
                {
                    if (requestStream.Current.AcknowledgeRevocations is { } enforced)
                    {
                        ca.Enforced.Enqueue(enforced.Revision);
                    }
                    else
                    {
                        ca.Acknowledged.Enqueue(requestStream.Current.Acknowledge.Sequence);
                    }
                }
            });
            await foreach (var message in ca.Stream.Reader.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(message);
            }

            ca.Stream = Channel.CreateUnbounded<WatchResponse>();
            throw new RpcException(new Status(StatusCode.Unavailable, "the stream ends"));
        }
    }

    private sealed class Tokens(FakeCa ca) : MeshCA.Wire.Identity.JwtSvids.JwtSvidsBase
    {
        public override Task<MintJwtSvidResponse> Mint(MintJwtSvidRequest request, ServerCallContext context)
        {
            ca.MintHeaders.Enqueue(context.RequestHeaders);
            return ca.Mint is { } mint
                ? Task.FromResult(mint(request))
                : throw new RpcException(new Status(StatusCode.Unimplemented, "no tokens here"));
        }
    }
}
