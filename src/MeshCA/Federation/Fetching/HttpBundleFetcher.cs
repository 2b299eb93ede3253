using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshCA.Authentication.Keys;
using SpiffeIdentity.Federation;
using SpiffeIdentity.WorkloadApi.Tls;

namespace MeshCA.Federation.Fetching;

/// <summary>Fetches bundle documents over HTTPS (Federation §5.2): bounded in size, time and redirects; no proxy, no cookies, nothing remembered.</summary>
internal sealed class HttpBundleFetcher(FederationSettings settings, TimeProvider clock) : IBundleFetcher
{
    /// <summary>Most redirects that are followed in one fetch.</summary>
    public const int MaxRedirects = 3;

    private const int MaxHeaderKilobytes = 16;
    private const int MaxTag = 256;

    /// <inheritdoc />
    public async Task<BundleAnswer> FetchAsync(BundleQuestion question, CancellationToken cancellationToken)
    {
        // One time for all redirects: each hop of a hostile endpoint could else take the whole of it.
        using var late = new CancellationTokenSource(settings.FetchTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var url = question.Relationship.Url;
        for (var hops = 0; hops <= MaxRedirects; hops++)
        {
            var verdict = new EndpointVerdict();
            try
            {
                var (answer, target) = await AskAsync(url, question, verdict, either.Token);
                if (answer is not null)
                {
                    return answer;
                }

                url = target!; // not null where there is no answer
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return new BundleAnswer.Failed(FetchFault.Unreachable, $"{url.Host}: no whole answer within {settings.FetchTimeout.TotalSeconds} s");
            }
            catch (Exception e) when (Classify(e, verdict) is { } failed)
            {
                return failed;
            }
        }

        return new BundleAnswer.Failed(FetchFault.BadRedirect, $"more than {MaxRedirects} redirects");
    }

    private async Task<(BundleAnswer? Answer, Uri? Target)> AskAsync(
        Uri url, BundleQuestion question, EndpointVerdict verdict, CancellationToken cancellationToken)
    {
        // A client of its own per fetch: what verifies the endpoint may be another the next time.
        using var handler = CreateHandler(url, question, verdict);
        using var client = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = FederationPlanner.MaxDocument,
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.Add(new("application/json"));
        if (question.Tag is { } tag)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                await response.Content.LoadIntoBufferAsync(FederationPlanner.MaxDocument, cancellationToken);
                return (new BundleAnswer.Fetched(await response.Content.ReadAsByteArrayAsync(cancellationToken), TagOf(response)), null);
            case HttpStatusCode.NotModified when question.Tag is not null:
                return (new BundleAnswer.NotModified(), null);

            // Permanent ones too, for this fetch alone: whoever serves the endpoint does not say where the next fetch goes.
            case HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect:
                return EndpointUrl.TryRedirect(url, LocationOf(response), out var target)
                    ? (null, target)
                    : (new BundleAnswer.Failed(FetchFault.BadRedirect, $"{url.Host} redirects to what is no https URL"), null);
            default:
                return (new BundleAnswer.Failed(FetchFault.BadStatus, $"{url.Host} answered {(int)response.StatusCode}"), null);
        }
    }

    private SocketsHttpHandler CreateHandler(Uri url, BundleQuestion question, EndpointVerdict verdict)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            SslOptions = TlsOf(question, verdict),
        };

        // The URL is the administrator's word, a redirect is the endpoint's: that must not lead us to our own listeners or to a metadata server.
        if (!string.Equals(url.Host, question.Relationship.Url.Host, StringComparison.OrdinalIgnoreCase))
        {
            handler.ConnectCallback = new ServerAddresses([]).ConnectAsync;
        }

        return handler;
    }

    private SslClientAuthenticationOptions TlsOf(BundleQuestion question, EndpointVerdict verdict)
    {
        var options = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CipherSuitesPolicy = SpiffeTls.CipherSuites,
            AllowRenegotiation = false,

            // A resumed session presents the leaf alone, and by a bundle that may not be the present one.
            AllowTlsResume = false,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (question.Verifier is { } bundle && question.Relationship.EndpointId is { } endpoint)
        {
            // The platform builds a chain before it asks us; this keeps it from the system's roots and from the network.
            options.CertificateChainPolicy = Policy();
            options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                verdict.Take(EndpointVerifier.Verify(certificate as X509Certificate2, chain, endpoint, bundle, clock.GetUtcNow()));
            return options;
        }

        if (settings.WebRootsFile is { } file)
        {
            options.CertificateChainPolicy = Policy();
            options.CertificateChainPolicy.CustomTrustStore.ImportFromPemFile(file);
        }

        options.RemoteCertificateValidationCallback = (_, _, chain, errors) => verdict.Take(
            errors == SslPolicyErrors.None
                ? null
                : $"{errors} {string.Join(", ", chain?.ChainStatus.Select(status => status.Status) ?? [])}".TrimEnd());
        return options;
    }

    private static X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    private static BundleAnswer.Failed? Classify(Exception exception, EndpointVerdict verdict) => exception switch
    {
        _ when verdict.Refusal is { } refusal => new(FetchFault.EndpointNotVerified, refusal),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            new(FetchFault.TooLarge, $"the document has more than {FederationPlanner.MaxDocument} bytes"),
        HttpRequestException or AuthenticationException or HttpIOException => new(FetchFault.Unreachable, exception.Message),
        CryptographicException or FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException =>
            new(FetchFault.BadRootsFile, exception.Message),
        IOException => new(FetchFault.Unreachable, exception.Message),
        _ => null,
    };

    private static string? TagOf(HttpResponseMessage response) =>
        response.Headers.ETag?.ToString() is { Length: <= MaxTag } tag ? tag : null;

    private static string? LocationOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Location", out var values) ? values.FirstOrDefault() : null;

    /// <summary>What the handshake made of the endpoint.</summary>
    private sealed class EndpointVerdict
    {
        /// <summary>Why it was refused; null: it was not.</summary>
        public string? Refusal { get; private set; }

        public bool Take(string? refusal)
        {
            Refusal = refusal;
            return refusal is null;
        }
    }
}
