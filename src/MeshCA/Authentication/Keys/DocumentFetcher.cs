using System.IO;
using System.Net;
using System.Net.Http;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SpiffeIdentity.WorkloadApi.Tls;

namespace MeshCA.Authentication.Keys;

/// <summary>Fetches a small document over HTTP: bounded in size and time, no redirects, no proxy, no cookies.</summary>
internal static class DocumentFetcher
{
    /// <summary>Fetches a document.</summary>
    /// <param name="url">Where it is.</param>
    /// <param name="policy">How long it may take, and from whom it is taken.</param>
    /// <param name="cancellationToken">Ends the fetch.</param>
    public static async Task<FetchOutcome> FetchAsync(Uri url, FetchPolicy policy, CancellationToken cancellationToken)
    {
        try
        {
            // A client of its own per fetch: minutes lie between two, and names and authorities may have changed.
            using var handler = CreateHandler(policy);
            using var client = new HttpClient(handler) { Timeout = policy.Timeout, MaxResponseContentBufferSize = JsonWebKeySetParser.MaxLength };
            using var response = await client.GetAsync(url, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK
                ? new FetchOutcome.Fetched(await response.Content.ReadAsByteArrayAsync(cancellationToken))
                : new FetchOutcome.Failed(KeySourceError.BadStatus, $"{url} answered {(int)response.StatusCode}");
        }
        catch (Exception exception) when (Classify(exception, cancellationToken) is not null)
        {
            return new FetchOutcome.Failed(Classify(exception, cancellationToken)!.Value, $"{url}: {exception.Message}");
        }
    }

    private static KeySourceError? Classify(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => KeySourceError.TooLarge,
        HttpRequestException or AuthenticationException => KeySourceError.Unreachable,
        TaskCanceledException when !cancellationToken.IsCancellationRequested => KeySourceError.Unreachable,
        IOException or UnauthorizedAccessException or CryptographicException => KeySourceError.BadCaFile,
        _ => null,
    };

    private static SocketsHttpHandler CreateHandler(FetchPolicy policy)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = policy.Timeout,
            MaxResponseHeadersLength = 16,
        };
        if (policy.Servers is { } servers)
        {
            handler.ConnectCallback = servers.ConnectAsync;
        }

        handler.SslOptions.CipherSuitesPolicy = SpiffeTls.CipherSuites;
        if (policy.CaFile is { } caFile)
        {
            handler.SslOptions.CertificateChainPolicy = TrustOnly(caFile);
        }

        return handler;
    }

    private static X509ChainPolicy TrustOnly(string caFile)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.ImportFromPemFile(caFile);
        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new CryptographicException($"`{caFile}` holds no certificate");
    }
}

/// <summary>What a fetch brought.</summary>
internal abstract record FetchOutcome
{
    private FetchOutcome()
    {
    }

    /// <summary>The document; untrusted.</summary>
    internal sealed record Fetched(ReadOnlyMemory<byte> Document) : FetchOutcome;

    /// <summary>Nothing.</summary>
    internal sealed record Failed(KeySourceError Error, string Detail) : FetchOutcome;
}
