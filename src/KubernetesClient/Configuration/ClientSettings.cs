namespace KubernetesClient.Configuration;

/// <summary>All of a configuration but the server. No record: it leads to keys.</summary>
public sealed class ClientSettings
{
    /// <summary>Roots in PEM that the server's certificate must lead to, and no others; null: those of the system.</summary>
    public CredentialContent? CertificateAuthority { get; init; }

    /// <summary>The name that the server's certificate must have; null: that of the URL.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>The bearer token; null for none.</summary>
    public CredentialContent? AccessToken { get; init; }

    /// <summary>The client certificate in PEM, of which the first is shown; null for none.</summary>
    public CredentialContent? ClientCertificate { get; init; }

    /// <summary>The client certificate's key in PEM; null for none.</summary>
    public CredentialContent? ClientKey { get; init; }

    /// <summary>The namespace; null where none is said.</summary>
    public string? Namespace { get; init; }

    /// <summary>How long a call may take.</summary>
    public TimeSpan CallTimeout { get; init; } = ApiLimits.CallTimeout;

    internal IEnumerable<string> Faults()
    {
        if (CertificateAuthority is { } roots && Http.PemCertificates.Parse(roots.Read()) is null or [])
        {
            yield return $"certificate authority: {roots} holds no certificates in PEM";
        }

        if (AccessToken is { } token && Http.BearerToken.Parse(token.Read()) is null)
        {
            yield return $"token: {token} cannot be read, or holds no token";
        }

        if ((ClientCertificate is null) != (ClientKey is null))
        {
            yield return "client certificate: of certificate and key one is missing";
        }
        else if (ClientCertificate is { } certificate && ClientKey is { } key)
        {
            using var pair = Http.ClientCertificate.Parse(certificate.Read(), key.Read());
            if (pair is null)
            {
                yield return $"client certificate: {certificate} and {key} are no certificate in PEM with its key";
            }
        }
    }
}
