using System.Net.Http;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using MeshCA.Wire.Decision.V1;
using MeshCA.Wire.Envoy.Auth.V3;
using MeshCA.Wire.Identity;
using MeshCA.Wire.Istio;
using Xunit;

namespace MeshCA.IntegrationTests.Running;

/// <summary>What a client knows and shows: roots it trusts, the clock it judges by, its certificate.</summary>
internal sealed record ClientSetUp
{
    public required Uri Address { get; init; }

    public required X509Certificate2Collection Roots { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Certificate with key; null for none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>What it sends after its certificate.</summary>
    public IReadOnlyList<X509Certificate2> Intermediates { get; init; } = [];
}

/// <summary>One call's contents beside the CSR.</summary>
internal sealed record Ask
{
    public string? Token { get; init; }

    public long Seconds { get; init; }

    /// <summary>Values of <c>clusterid</c>.</summary>
    public string? Cluster { get; init; }

    public Metadata Headers { get; init; } = [];

    public Struct? Fields { get; init; }
}

/// <summary>A client as an agent is one: TLS with its own roots, tokens as metadata.</summary>
internal sealed class MeshClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly IstioCertificateService.IstioCertificateServiceClient _csr;

    public MeshClient(ClientSetUp setUp)
    {
        var handler = Handler(setUp, Note);
        _channel = GrpcChannel.ForAddress(ByName(setUp.Address), new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        _csr = new(_channel);
        Health = new(_channel);
        Authorization = new(_channel);
        Decisions = new(_channel);
        Bundles = new(_channel);
        JwtSvids = new(_channel);
    }

    public Health.HealthClient Health { get; }

    public Authorization.AuthorizationClient Authorization { get; }

    public PolicyDecisionPoint.PolicyDecisionPointClient Decisions { get; }

    public TrustBundles.TrustBundlesClient Bundles { get; }

    public MeshCA.Wire.Identity.JwtSvids.JwtSvidsClient JwtSvids { get; }

    /// <summary>The serving certificate of the newest connection.</summary>
    public X509Certificate2? Shown { get; private set; }

    /// <summary>How many handshakes it made.</summary>
    public int Handshakes { get; private set; }

    /// <summary>The address by name: the certificate holds names and no address, as istiod's.</summary>
    public static Uri ByName(Uri address) => new UriBuilder(address) { Host = "localhost" }.Uri;

    /// <summary>Connections of such a client, for requests by hand.</summary>
    public static SocketsHttpHandler Handler(ClientSetUp setUp, Action<X509Certificate2>? onShown = null) =>
        new() { SslOptions = Tls(setUp, onShown), EnableMultipleHttp2Connections = true };

    /// <summary>Asks for a certificate.</summary>
    public async Task<CsrAnswer> AskAsync(string csr, Ask ask)
    {
        var request = new IstioCertificateRequest { Csr = csr, ValidityDuration = ask.Seconds, Metadata = ask.Fields };
        var answer = await _csr.CreateCertificateAsync(
            request, HeadersOf(ask), cancellationToken: TestContext.Current.CancellationToken);
        return new CsrAnswer(answer.CertChain);
    }

    /// <summary>Asks with a token and a fresh key.</summary>
    public async Task<CsrAnswer> AskAsync(string token, long seconds = 0)
    {
        using var key = WorkloadKey.P256();
        return await AskAsync(key.Csr(), new Ask { Token = token, Seconds = seconds });
    }

    /// <summary>Asks for what must be refused.</summary>
    public async Task<Status> RefusalOfAsync(string csr, Ask ask) =>
        (await Assert.ThrowsAsync<RpcException>(() => AskAsync(csr, ask))).Status;

    /// <summary>Asks, with a good CSR, for what must be refused.</summary>
    public async Task<Status> RefusalOfAsync(Ask ask)
    {
        using var key = WorkloadKey.P256();
        return await RefusalOfAsync(key.Csr(), ask);
    }

    /// <summary>The outcome as a status code alone.</summary>
    public async Task<StatusCode> CodeOfAsync(string csr, Ask ask)
    {
        try
        {
            await AskAsync(csr, ask);
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }

    public void Dispose() => _channel.Dispose();

    private static Metadata HeadersOf(Ask ask)
    {
        var headers = new Metadata();
        if (ask.Token is not null)
        {
            headers.Add("authorization", $"Bearer {ask.Token}");
        }

        if (ask.Cluster is not null)
        {
            headers.Add("clusterid", ask.Cluster);
        }

        foreach (var header in ask.Headers)
        {
            headers.Add(header);
        }

        return headers;
    }

    private void Note(X509Certificate2 shown)
    {
        Shown = shown;
        Handshakes++;
    }

    private static SslClientAuthenticationOptions Tls(ClientSetUp setUp, Action<X509Certificate2>? onShown) => new()
    {
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            // The platform judges by its own roots and clock, so of its verdict only the name counts.
            var shown = Assert.IsType<X509Certificate2>(certificate);
            onShown?.Invoke(shown);
            var presented = chain!.ChainElements.Select(element => element.Certificate).Concat(chain.ChainPolicy.ExtraStore);
            var fault = ChainFault.Find(shown, presented, setUp.Roots, setUp.Clock.GetUtcNow());
            return !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && fault.Length == 0
                ? true
                : throw new AuthenticationException($"{errors}: {fault}");
        },
        ClientCertificateContext = setUp.Certificate is null
            ? null
            : SslStreamCertificateContext.Create(setUp.Certificate, [.. setUp.Intermediates], offline: true),
    };
}
