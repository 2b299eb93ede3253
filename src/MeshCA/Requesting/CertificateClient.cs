using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using MeshCA.Wire.Istio;

namespace MeshCA.Requesting;

/// <summary>Asks a CA that speaks Istio's CSR protocol for certificates: ours, or any other.</summary>
internal sealed class CertificateClient : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly IstioCertificateService.IstioCertificateServiceClient _client;

    /// <summary>Prepares a client; it connects with the first request.</summary>
    /// <param name="address">The CA, as <c>https://host:port</c>.</param>
    /// <param name="roots">The roots its serving certificate must chain to.</param>
    /// <param name="serverName">The DNS name it must be for; null takes the address's host.</param>
    /// <param name="clientCertificate">The certificate to renew, with its key and intermediates; null where a token is brought.</param>
    public CertificateClient(
        Uri address, X509Certificate2Collection roots, string? serverName, SslStreamCertificateContext? clientCertificate)
    {
        _channel = TlsChannel.Open(address, roots, serverName, clientCertificate);
        _client = new IstioCertificateService.IstioCertificateServiceClient(_channel);
    }

    /// <summary>Asks for one certificate.</summary>
    /// <param name="signingRequest">The CSR in PEM.</param>
    /// <param name="token">The service-account token; null to rely on the client certificate. Secret.</param>
    /// <param name="clusterId">The cluster whose issuer the token is of; empty for any.</param>
    /// <param name="lifetime">Lifetime asked for; zero asks for the default.</param>
    /// <param name="timeout">How long to wait for the answer.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <returns>The elements of the answer as they came; not checked.</returns>
    /// <exception cref="RpcException">The CA refused, or cannot be reached.</exception>
    public async Task<IReadOnlyList<string>> RequestAsync(
        string signingRequest,
        string? token,
        string clusterId,
        TimeSpan lifetime,
        TimeSpan timeout,
        CancellationToken cancellationToken)
    {
        var headers = new Metadata();
        if (token is not null)
        {
            headers.Add("authorization", "Bearer " + token);
        }

        if (clusterId.Length > 0)
        {
            headers.Add("clusterid", clusterId);
        }

        var request = new IstioCertificateRequest { Csr = signingRequest, ValidityDuration = (long)lifetime.TotalSeconds };
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + timeout;
        var answer = await _client.CreateCertificateAsync(request, headers, deadline, cancellationToken);
        return answer.CertChain;
    }

    /// <inheritdoc />
    public void Dispose() => _channel.Dispose();
}
